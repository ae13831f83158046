SELECT ST_X(geom), ST_Y(geom)
FROM event
WHERE occurred_at > coalesce(%(until)s::timestamptz, now()) - %(days)s::interval
  AND occurred_at <= coalesce(%(until)s::timestamptz, now());
