WITH here AS (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS geom),
around AS (
    SELECT p.*, ST_Distance(p.geom::geography, here.geom::geography) AS distance_m
    FROM here
    JOIN place AS p
        ON p.geom && ST_MakeEnvelope(%(lon)s - %(dx)s, %(lat)s - %(dy)s, %(lon)s + %(dx)s, %(lat)s + %(dy)s, 4326)
    JOIN place_kind AS k ON k.key = p.kind AND k.public_rank IS NOT NULL AND k.retired_at IS NULL
    WHERE cardinality(%(kinds)s::text[]) = 0 OR p.kind = ANY (%(kinds)s)
)
SELECT kind, name, name_en, address, ST_X(geom) AS lon, ST_Y(geom) AS lat, round(distance_m)::int AS distance_m,
       left(attributes ->> 'opening_hours', 255) AS opening_hours,
       CASE WHEN attributes ->> 'wheelchair' IN ('yes', 'no', 'limited') THEN attributes ->> 'wheelchair' END AS wheelchair,
       CASE WHEN attributes ->> 'fee' IN ('yes', 'no') THEN attributes ->> 'fee' END AS fee,
       generated, coalesce(attributes ->> 'opening_hours_generated' = 'true', false) AS hours_generated
FROM around
WHERE distance_m <= %(radius_m)s
ORDER BY distance_m, id
LIMIT %(limit)s;
