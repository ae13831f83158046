SELECT ST_X(geom), ST_Y(geom)
FROM event
WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND occurred_at > least(%(valid_from)s::timestamptz, now()) - make_interval(days => %(days)s);
