-- Nobody is written to twice, and a message that is for nobody is none. Whoever had too many within the hour has
-- this one on record, and not on the phone.
WITH e AS (
    SELECT id, worker_id, organisation_id, unit_code FROM event WHERE id = %(event)s
), whom AS (
    SELECT w.id
    FROM e
    JOIN worker AS w ON w.phone <> '' AND (
        ('responsible' = ANY(%(whom)s::text[]) AND w.id = e.worker_id)
        OR ('organisation' = ANY(%(whom)s::text[]) AND w.on_duty AND w.organisation_id = e.organisation_id)
        OR ('leader' = ANY(%(whom)s::text[]) AND (
            (w.role = 'grid_leader' AND w.unit_code = e.unit_code)
            OR w.id IN (
                SELECT p.worker_id
                FROM unit_version AS v
                JOIN unit_person AS p ON p.unit_id = v.unit_id AND upper_inf(p.sys) AND p.valid @> now()
                WHERE v.coverage = 'grids' AND v.code = e.unit_code AND upper_inf(v.sys) AND v.valid @> now()
                  AND p.role = 'leader'))))
    ORDER BY w.id
    LIMIT 50
), made AS (
    INSERT INTO message (
        occasion, event_id, step_id, warning_id, text, alphabet, parts, not_before, valid_for, expires_at
    )
    SELECT %(occasion)s, %(event)s, %(step)s, %(warning)s, %(text)s, %(alphabet)s, %(parts)s,
           coalesce(%(not_before)s, now()), %(valid)s, %(starts)s + %(valid)s
    WHERE EXISTS (SELECT FROM whom)
    ON CONFLICT DO NOTHING
    RETURNING id
), counted AS (
    SELECT whom.id, (
        SELECT count(*)
        FROM message_recipient AS r
        JOIN message AS m ON m.id = r.message_id
        WHERE r.worker_id = whom.id AND m.occasion IS NOT NULL AND m.created_at > now() - interval '1 hour'
          AND r.reason <> 'too many within an hour'
    ) >= %(most)s AS too_many
    FROM whom
)
INSERT INTO message_recipient (message_id, worker_id, next_at, state, reason)
SELECT made.id, counted.id, coalesce(%(not_before)s, now()), CASE WHEN too_many THEN 'failed' ELSE 'queued' END,
       CASE WHEN too_many THEN 'too many within an hour' ELSE '' END
FROM made, counted;
