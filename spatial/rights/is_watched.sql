SELECT 1 FROM pg_trigger
WHERE tgrelid = to_regclass(%(relation)s) AND tgname = 'audit_update' AND tgenabled = 'A';
