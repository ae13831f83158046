INSERT INTO event_attachment (event_id, digest, name, kind, step_id, added_by)
VALUES (%(event)s, %(digest)s, %(name)s, %(kind)s, %(step)s, %(account)s)
ON CONFLICT (event_id, digest) DO NOTHING;
