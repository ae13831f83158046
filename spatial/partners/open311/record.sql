SELECT audit_record(%(action)s, 'office', %(office)s::text, NULL, NULL,
                    jsonb_build_object('handovers', %(count)s::int), %(why)s);
