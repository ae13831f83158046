-- The same is told once: what is sent again has the same device and time.
INSERT INTO sign (mover_id, kind, at, way, device_id, client_id)
SELECT t.mover_id, t.kind, least(t.at, now()), 'device', t.device_id,
       'device ' || t.device_id || ' ' || t.kind || ' ' || extract(epoch FROM t.at)
FROM unnest(%(devices)s::bigint[], %(movers)s::bigint[], %(kinds)s::text[], %(times)s::timestamptz[])
     AS t (device_id, mover_id, kind, at)
ON CONFLICT DO NOTHING;
