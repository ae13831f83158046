SELECT audit_record('export', 'audit', NULL, NULL, NULL, %(facts)s, NULL), clock_timestamp();
