-- The unit that the person of a mover worked in when a moment came, as it was drawn on that day: by what was on record
-- then. Whoever asks later – after the person was moved or has left, the unit redrawn or its code changed – gets the
-- same. The log has what a change replaced; what was recorded only after the moment counts from its first record.
WITH person AS (
    SELECT coalesce(m.worker_id, (
        SELECT (a.before ->> 'worker_id')::bigint
        FROM audit AS a
        WHERE a.relation = 'mover' AND a.row_key = m.id::text AND a.before ->> 'worker_id' IS NOT NULL
        ORDER BY a.at DESC, a.id DESC
        LIMIT 1
    )) AS id
    FROM mover AS m
    WHERE m.id = %(mover)s AND m.kind = 'person'
), replaced AS (
    SELECT a.before ->> 'unit_code' AS code
    FROM person AS p
    JOIN audit AS a ON a.relation = 'worker' AND a.row_key = p.id::text
    WHERE a.at > %(at)s::timestamptz AND a.before ? 'unit_code'
    ORDER BY a.at, a.id
    LIMIT 1
), home AS (
    SELECT code FROM replaced
    UNION ALL
    SELECT w.unit_code FROM person AS p JOIN worker AS w ON w.id = p.id WHERE NOT EXISTS (SELECT FROM replaced)
)
SELECT ST_AsBinary(v.geom)
FROM home AS h
JOIN unit_version AS v ON v.coverage = 'grids' AND v.code = h.code AND v.valid @> %(at)s::timestamptz
-- Past beliefs have no index by code; which units ever had it is known from the present ones.
WHERE v.unit_id IN (SELECT u.unit_id FROM unit_version AS u
                    WHERE u.coverage = 'grids' AND u.code = h.code AND upper_inf(u.sys))
ORDER BY v.sys @> %(at)s::timestamptz DESC, lower(v.sys), v.id
LIMIT 1;
