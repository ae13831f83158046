INSERT INTO handover (office_id, event_id)
SELECT %(office)s, unnest(%(events)s::bigint[])
ON CONFLICT DO NOTHING
RETURNING id;
