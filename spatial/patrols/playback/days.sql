-- What is known of the part [begin, end) of a local day: one statement, so that counts and verdicts are of one moment.
SELECT m.place::int - 1 AS place, d.edition, d.parameters, d.fixes, d.last_at,
       CASE WHEN %(verdicts)s OR t.day IS NOT NULL THEN d.verdicts END AS verdicts, t.day IS NOT NULL AS is_dirty,
       now() AS at, f.before, f.inside, f.upto, f.total,
       f.first_at AS inside_from, f.newest_at AS inside_to
FROM unnest(%(movers)s::bigint[]) WITH ORDINALITY AS m (id, place)
LEFT JOIN track_day AS d ON d.mover_id = m.id AND d.day = %(day)s
LEFT JOIN track_dirty AS t ON t.mover_id = m.id AND t.day = %(day)s
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE x.time < %(begin)s) AS before,
           count(*) FILTER (WHERE x.time >= %(begin)s AND x.time < %(end)s) AS inside,
           count(*) FILTER (WHERE x.time <= d.last_at) AS upto,
           min(x.time) FILTER (WHERE x.time >= %(begin)s AND x.time < %(end)s) AS first_at,
           max(x.time) FILTER (WHERE x.time >= %(begin)s AND x.time < %(end)s) AS newest_at,
           count(*) AS total
    FROM fix AS x
    WHERE x.mover_id = m.id AND x.time >= %(midnight)s AND x.time < %(next_midnight)s
) AS f
WHERE f.total > 0 OR d.fixes > 0;
