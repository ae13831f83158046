-- Who carried devices then, and who has them now, in the order asked; 0 for nobody.
SELECT coalesce(c.mover_id, 0), coalesce(n.mover_id, 0)
FROM unnest(%(devices)s::bigint[], %(times)s::timestamptz[]) WITH ORDINALITY AS t (device_id, time, nr)
LEFT JOIN device_carrier AS c ON c.device_id = t.device_id AND tstzrange(c.since, c.until) @> t.time
LEFT JOIN device_carrier AS n ON n.device_id = t.device_id AND tstzrange(n.since, n.until) @> now()
ORDER BY t.nr;
