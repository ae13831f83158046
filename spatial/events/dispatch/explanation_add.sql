-- Bodies go as binary JSON, parsed once and never quoted: as one JSON text of all rows each was parsed twice.
INSERT INTO explanation (event_id, organisation_id, worker_id, body)
SELECT event_id, organisation_id, worker_id, body
FROM unnest(%(event_ids)s::bigint[], %(organisation_ids)s::bigint[], %(worker_ids)s::bigint[],
            %(bodies)b::jsonb[]) AS r (event_id, organisation_id, worker_id, body);
