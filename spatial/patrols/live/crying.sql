-- Whose cries for help of the last hours are open.
SELECT string_agg(int8send(h.mover_id), ''::bytea ORDER BY h.mover_id)
FROM (
    SELECT DISTINCT mover_id
    FROM happening
    WHERE kind = 'sos' AND mover_id IS NOT NULL AND received_at > now() - %(hours)s * interval '1 hour'
) AS h;
