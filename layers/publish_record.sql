SELECT audit_record(%(action)s, 'layer', %(layer)s, NULL, NULL, %(about)s, NULL);
