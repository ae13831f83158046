INSERT INTO event_warning (event_id, state, due_at, share)
SELECT * FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(dues)s::timestamptz[], %(shares)s::smallint[])
ON CONFLICT (event_id, state, due_at, share) DO NOTHING;
