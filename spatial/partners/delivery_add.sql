-- What was read of the log becomes messages, in its order. Each waits for the one before it of its subject.
INSERT INTO webhook_delivery (webhook_id, topic, row_id, subject, event_id, at, next_at)
SELECT %(webhook)s, topic, row_id, subject, event_id, at, 'infinity'
FROM (
    SELECT *, row_number() OVER () AS place
    FROM json_to_recordset(%(rows)s::json) AS r (
        topic smallint, row_id bigint, subject text, event_id bigint, at timestamptz
    )
) AS given
ORDER BY place
ON CONFLICT (webhook_id, topic, row_id) DO NOTHING;
