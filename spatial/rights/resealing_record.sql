SELECT audit_record(%(action)s, %(relation)s, NULL, NULL, NULL,
                    jsonb_build_object('rows', %(rows)s::int, 'first', %(first)s::bigint, 'last', %(last)s::bigint),
                    NULL);
