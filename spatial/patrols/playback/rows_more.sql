-- As rows.sql, with speed, course and accuracy.
SELECT m.place::int - 1, f.packed
FROM unnest(%(movers)s::bigint[]) WITH ORDINALITY AS m (id, place)
CROSS JOIN LATERAL (
    SELECT string_agg(
        timestamptz_send(x.time) || float8send(x.lon) || float8send(x.lat)
        || int2send((x.gate + CASE WHEN x.received_at > %(recent)s THEN 256 ELSE 0 END)::smallint)
        || float4send(coalesce(x.speed_mps, 'NaN')) || float4send(coalesce(x.course_deg, 'NaN'))
        || float4send(coalesce(x.accuracy_m, 'NaN')),
        ''::bytea ORDER BY x.time, x.mark
    ) AS packed
    FROM fix AS x
    WHERE x.mover_id = m.id AND x.time >= %(begin)s AND x.time < %(end)s
) AS f
WHERE f.packed IS NOT NULL;
