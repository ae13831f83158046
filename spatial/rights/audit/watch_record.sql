SELECT audit_record('watch', NULL, NULL, NULL, NULL, jsonb_build_object('made', %(names)s::text[]), NULL);
