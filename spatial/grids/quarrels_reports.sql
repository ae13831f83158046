-- Where events of the last year were reported in a box, by which source, and how many days ago the first was.
SELECT array_agg(ST_X(geom) ORDER BY id), array_agg(ST_Y(geom) ORDER BY id), array_agg(source ORDER BY id),
       extract(epoch FROM now() - min(occurred_at))::float8 / 86400
FROM event
WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND occurred_at > now() - interval '365 days';
