SELECT audit_record('export', 'layer', %(layer)s, NULL, NULL, %(facts)s, NULL), clock_timestamp();
