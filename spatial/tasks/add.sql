INSERT INTO task (kind, title, text, movers, event_id, place_id, component_id, geom, due_at, confirm_by, remind_every,
                  remind_at, unit_code, organisation_id, account_id, username, client_id)
VALUES (%(kind)s, %(title)s, %(text)s, %(movers)s, %(event_id)s, %(place_id)s, %(component_id)s,
        ST_GeomFromWKB(%(shape)s::bytea, 4326), %(due_at)s, %(confirm_by)s, %(remind_every)s, %(confirm_by)s,
        %(unit_code)s, %(organisation_id)s, %(account_id)s, %(username)s, %(client_id)s)
ON CONFLICT DO NOTHING
RETURNING id;
