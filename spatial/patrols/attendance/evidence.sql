-- What is known of people around a moment: of those of a rule, or of one mover.
SELECT v.id AS mover_id, coalesce(p.duty_by, 'shift') = 'shift' AND h.shifts > 0 AS plans_shifts, h.on_now > 0 AS on_shift,
       s.kind AS last_sign, g.geom IS NOT NULL AS has_grid, f.seen, f.exact, f.inside, f.far
FROM mover AS v
JOIN worker AS w ON w.id = v.worker_id
LEFT JOIN LATERAL (
    SELECT y.duty_by FROM roster_policy AS y
    WHERE y.organisation_id = w.organisation_id OR y.organisation_id IS NULL
    ORDER BY y.organisation_id NULLS LAST LIMIT 1
) AS p ON true
CROSS JOIN LATERAL (
    SELECT count(*)::int AS shifts,
           (count(*) FILTER (WHERE x.starts_at <= %(moment)s AND x.ends_at > %(moment)s))::int AS on_now
    FROM shift AS x
    WHERE x.mover_id = v.id AND x.ends_at > %(moment)s::timestamptz - interval '7 days'
          AND x.starts_at < %(moment)s::timestamptz + interval '7 days'
) AS h
LEFT JOIN LATERAL (
    SELECT x.kind FROM sign AS x
    WHERE x.mover_id = v.id AND x.at <= %(until)s AND x.at > %(moment)s::timestamptz - %(longest)s::interval
    ORDER BY x.at DESC, x.id DESC LIMIT 1
) AS s ON true
LEFT JOIN LATERAL (
    SELECT u.geom FROM unit_version AS u
    WHERE u.coverage = 'grids' AND u.code = w.unit_code AND u.valid @> %(moment)s::timestamptz AND upper_inf(u.sys)
    LIMIT 1
) AS g ON true
CROSS JOIN LATERAL (
    SELECT count(*)::int AS seen, (count(*) FILTER (WHERE x.gate = %(good)s))::int AS exact,
           (count(*) FILTER (WHERE ST_Covers(g.geom, d.point)))::int AS inside,
           (count(*) FILTER (
               WHERE x.gate = %(good)s AND ST_Distance(g.geom::geography, d.point::geography)
                                           > %(near_m)s + 2 * coalesce(x.accuracy_m, %(error_m)s)
           ))::int AS far
    FROM fix AS x
    CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(x.lon, x.lat), 4326) AS point) AS d
    WHERE x.mover_id = v.id AND x.time BETWEEN %(since)s AND %(until)s AND x.gate IN (%(good)s, %(approximate)s)
) AS f
WHERE CASE WHEN %(mover)s::bigint IS NOT NULL THEN v.id = %(mover)s
           ELSE (%(unit)s::text IS NULL OR w.unit_code >= %(unit)s AND w.unit_code < %(upto)s)
                AND (%(organisation)s::bigint IS NULL OR w.organisation_id = %(organisation)s) END
ORDER BY v.id;
