SELECT audit_record('log-in', 'account', %(id)s::text, NULL, NULL, NULL, %(name)s);
