-- Targets of which somebody of the due was on the spot: by an inspection of the place, or a record.
SELECT t.id, min(r.at) AS at
FROM patrol_target AS t
JOIN LATERAL (
    SELECT i.done_at AS at, i.distance_m, w.id AS worker_id
    FROM inspection AS i
    JOIN account AS a ON a.id = i.account_id
    JOIN worker AS w ON w.id = a.worker_id
    WHERE i.place_id = t.place_id AND i.state = 'done'
    UNION ALL
    SELECT c.at, c.distance_m, v.worker_id
    FROM patrol_record AS c
    JOIN mover AS v ON v.id = c.mover_id
    WHERE c.place_id = t.place_id OR c.component_id = t.component_id
) AS r ON r.at BETWEEN %(starts_at)s AND %(ends_at)s AND r.distance_m <= greatest(t.radius_m, %(near_m)s)
JOIN mover AS o ON o.worker_id = r.worker_id
JOIN patrol_due AS d ON d.id = %(id)s AND o.id = ANY (d.movers)
WHERE t.id = ANY (%(targets)s) AND num_nonnulls(t.place_id, t.component_id) = 1
GROUP BY t.id;
