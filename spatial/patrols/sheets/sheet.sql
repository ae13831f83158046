-- A row for each mover and local day with a shift, fixes or signs; a shift belongs to the day that it begins on. Only of
-- movers whose tracks the reader may see: of others every shift would look like one that nobody came to.
-- `conditions` are written by attendance.py; every value is bound. What a shift over midnight came to is in no day's
-- sums, and neither is what is left of the day that it ends on: those figures are added up by attendance.py, over
-- spans [from, until).
SELECT v.id AS mover_id, w.id AS worker_id, coalesce(w.code, 'R' || r.id) AS code, coalesce(w.name, r.name) AS name,
       coalesce(w.organisation_id, r.organisation_id) AS organisation_id, o.name AS organisation,
       coalesce(w.unit_code, r.unit_code) AS unit_code, d.day, h.shifts, h.starts_at, h.ends_at, h.planned_s,
       f.first_seen, l.last_seen, i.signed_in_at, u.signed_out_at, greatest(i.way, u.way) AS signed_by,
       coalesce(p.duty_by, 'shift') AS duty_by, t.first_at, t.last_at, coalesce(t.distance_m, 0) AS distance_m,
       coalesce(t.moving_s, 0) AS moving_s, coalesce(t.standing_s, 0) AS standing_s, coalesce(t.good, 0) AS fixes,
       EXISTS (
           SELECT FROM track_dirty AS y
           WHERE y.mover_id = v.id
                 AND y.day BETWEEN d.day AND greatest(d.day, (h.ends_at AT TIME ZONE 'Asia/Shanghai')::date)
       ) AS to_be_graded,
       CASE WHEN h.ends_at > d.until THEN h.begins WHEN t.first_at < n.ends_at THEN ARRAY[n.ends_at] END AS spans_from,
       CASE WHEN h.ends_at > d.until THEN h.ends WHEN t.first_at < n.ends_at THEN ARRAY[d.until] END AS spans_until
FROM mover AS v
LEFT JOIN worker AS w ON w.id = v.worker_id
LEFT JOIN resource AS r ON r.id = v.resource_id
LEFT JOIN organisation AS o ON o.id = coalesce(w.organisation_id, r.organisation_id)
CROSS JOIN LATERAL (
    SELECT g::date AS day, g::date::timestamp AT TIME ZONE 'Asia/Shanghai' AS since,
           (g::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS until
    FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS g
) AS d
LEFT JOIN LATERAL (
    SELECT count(*)::int AS shifts, min(s.starts_at) AS starts_at, max(s.ends_at) AS ends_at,
           array_agg(s.starts_at ORDER BY s.starts_at) AS begins, array_agg(s.ends_at ORDER BY s.starts_at) AS ends,
           extract(epoch FROM sum(s.ends_at - s.starts_at))::float8 AS planned_s
    FROM shift AS s
    WHERE s.mover_id = v.id AND s.starts_at >= d.since AND s.starts_at < d.until
    HAVING count(*) > 0
) AS h ON true
LEFT JOIN LATERAL (
    -- The night before: its shift reaches into this day.
    SELECT s.ends_at FROM shift AS s
    WHERE s.mover_id = v.id AND s.starts_at < d.since AND s.starts_at >= d.since - interval '36 hours'
          AND s.ends_at > d.since
    ORDER BY s.ends_at DESC LIMIT 1
) AS n ON true
LEFT JOIN track_day AS t ON t.mover_id = v.id AND t.day = d.day
LEFT JOIN LATERAL (
    SELECT x.time AS first_seen FROM fix AS x
    WHERE x.mover_id = v.id AND x.time >= h.starts_at - %(before)s::interval AND x.time < h.ends_at
          AND x.gate = ANY (%(present)s)
    ORDER BY x.time LIMIT 1
) AS f ON true
LEFT JOIN LATERAL (
    SELECT x.time AS last_seen FROM fix AS x
    WHERE x.mover_id = v.id AND x.time >= h.starts_at AND x.time < h.ends_at + %(after)s::interval
          AND x.gate = ANY (%(present)s)
    ORDER BY x.time DESC LIMIT 1
) AS l ON true
LEFT JOIN LATERAL (
    SELECT g.at AS signed_in_at, g.way FROM sign AS g
    WHERE g.mover_id = v.id AND g.kind = 'in' AND g.at < coalesce(h.ends_at, d.until)
          AND g.at >= coalesce(h.starts_at - %(before)s::interval, greatest(d.since, n.ends_at))
    ORDER BY g.at LIMIT 1
) AS i ON true
LEFT JOIN LATERAL (
    SELECT g.at AS signed_out_at, g.way FROM sign AS g
    WHERE g.mover_id = v.id AND g.kind = 'out' AND g.at < coalesce(h.ends_at + %(after)s::interval, d.until)
          AND g.at >= coalesce(h.starts_at, greatest(d.since, n.ends_at + %(after)s::interval))
    ORDER BY g.at DESC LIMIT 1
) AS u ON true
LEFT JOIN LATERAL (
    SELECT y.duty_by FROM roster_policy AS y
    WHERE y.organisation_id = coalesce(w.organisation_id, r.organisation_id) OR y.organisation_id IS NULL
    ORDER BY y.organisation_id NULLS LAST LIMIT 1
) AS p ON true
WHERE ((SELECT my_role()) = ANY (%(knows)s) OR v.worker_id = (SELECT my_worker()))
      AND (h.shifts IS NOT NULL OR i.signed_in_at IS NOT NULL OR u.signed_out_at IS NOT NULL
           OR t.fixes > 0 AND (n.ends_at IS NULL OR t.last_at >= n.ends_at)) AND {conditions}
