INSERT INTO event_link (event_id, other_id, score, reasons, status)
SELECT event_id, other_id, score, reasons, %(status)s
FROM json_to_recordset(%(rows)s::json) AS r (
    event_id bigint, other_id bigint, score double precision, reasons jsonb
)
ON CONFLICT (event_id, other_id) DO NOTHING;
