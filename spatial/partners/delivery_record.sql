SELECT audit_record(%(action)s, 'webhook', %(webhook)s::text, NULL, NULL,
                    jsonb_build_object('messages', %(count)s::int, 'delivery', %(id)s::bigint), %(why)s);
