SELECT audit_record(%(action)s, 'adapter', %(adapter)s::text, NULL, NULL,
                    jsonb_build_object('messages', %(count)s::int, 'ids', %(ids)s::jsonb), %(why)s);
