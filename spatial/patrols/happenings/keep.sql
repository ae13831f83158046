-- Keep what devices told, in the order of its key; what they told before stays as it is.
INSERT INTO happening (device_id, time, kind, mover_id, lon, lat, attributes)
SELECT *
FROM unnest(%(devices)s::bigint[], %(times)s::timestamptz[], %(kinds)s::text[], %(movers)s::bigint[], %(lons)s::float8[],
            %(lats)s::float8[], %(attributes)s::jsonb[]) AS t (device_id, time, kind, mover_id, lon, lat, attributes)
ORDER BY device_id, time, kind
ON CONFLICT DO NOTHING
RETURNING device_id, time, kind, mover_id;
