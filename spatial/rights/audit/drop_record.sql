SELECT audit_record('drop-month', 'audit', %(partition)s, NULL,
                    jsonb_build_object('rows', %(rows)s::bigint), jsonb_build_object('roots', %(roots)s::bigint[]),
                    'older than the time the log is kept for');
