-- Movers whose tracks the reader may see, by number; with a time those who may have been about on one of its days,
-- without one those who were last seen in the box.
SELECT m.id, m.kind, m.gait, m.worker_id, m.resource_id, w.code AS worker_code, r.name AS resource_name,
       coalesce(w.unit_code, r.unit_code) AS unit_code, o.code AS organisation,
       p.time AS seen_at, p.lon, p.lat,
       (SELECT min(d.first_at) FROM track_day AS d WHERE d.mover_id = m.id) AS first_at,
       (SELECT max(d.last_at) FROM track_day AS d WHERE d.mover_id = m.id) AS last_at
FROM mover AS m
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
LEFT JOIN organisation AS o ON o.id = coalesce(w.organisation_id, r.organisation_id)
LEFT JOIN last_position AS p ON p.mover_id = m.id
WHERE m.id > %(behind)s
  AND (%(watches)s OR m.worker_id = %(worker)s::bigint)
  AND (NOT %(timed)s
       OR EXISTS (SELECT FROM track_day AS d
                  WHERE d.mover_id = m.id AND d.fixes > 0
                    AND (%(first)s::date IS NULL OR d.day >= %(first)s)
                    AND (%(last)s::date IS NULL OR d.day <= %(last)s))
       OR EXISTS (SELECT FROM track_dirty AS d
                  WHERE d.mover_id = m.id
                    AND (%(first)s::date IS NULL OR d.day >= %(first)s)
                    AND (%(last)s::date IS NULL OR d.day <= %(last)s)))
  AND (%(timed)s OR %(west)s::double precision IS NULL
       OR (p.lat BETWEEN %(south)s AND %(north)s
           AND CASE WHEN %(west)s <= %(east)s::double precision THEN p.lon BETWEEN %(west)s AND %(east)s
                    ELSE p.lon >= %(west)s OR p.lon <= %(east)s END))
ORDER BY m.id
LIMIT %(limit)s;
