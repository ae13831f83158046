-- Movers with where they were last, one fixed-size record each (reading.RAW), with their units and organisations.
-- batches: only of those whom these commits of fixes have moved; null: everybody, also who never was anywhere.
SELECT string_agg(
           int8send(m.id) || timestamptz_send(coalesce(p.time, 'epoch')) || timestamptz_send(coalesce(p.received_at, 'epoch'))
           || float8send(coalesce(p.lon, 0)) || float8send(coalesce(p.lat, 0))
           || float4send(coalesce(p.speed_mps, 'NaN')) || float4send(coalesce(p.course_deg, 'NaN'))
           || float4send(coalesce(p.accuracy_m, 'NaN')) || int2send(coalesce(p.battery_pct, -1::smallint))
           || int4send(coalesce(p.flags, 0))
           || int2send(((m.kind = 'vehicle')::integer + coalesce(w.on_duty, false)::integer * 2
                        + (p.mover_id IS NOT NULL)::integer * 4)::smallint),
           ''::bytea ORDER BY m.id
       ),
       array_agg(coalesce(w.unit_code, r.unit_code, '') ORDER BY m.id),
       array_agg(coalesce(o.code, '') ORDER BY m.id)
FROM mover AS m
LEFT JOIN last_position AS p ON p.mover_id = m.id
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
LEFT JOIN organisation AS o ON o.id = coalesce(w.organisation_id, r.organisation_id)
WHERE %(batches)s::bigint[] IS NULL
   OR m.id = ANY (ARRAY(SELECT unnest(b.movers) FROM fix_batch AS b WHERE b.id = ANY (%(batches)s)));
