SELECT audit_record(%(action)s, 'data_key', NULL, NULL, NULL, jsonb_build_object('keys', %(keys)s::int), NULL);
