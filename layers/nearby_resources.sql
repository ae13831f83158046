-- So many of each kind; to the drawn area where there is one.
SELECT n.kind, n.id, n.name, n.name_en, n.lon, n.lat, n.m AS distance_m, n.unit_code, n.more
FROM (
    SELECT r.kind, r.id, r.name, r.name_en, ST_X(r.geom) AS lon, ST_Y(r.geom) AS lat, d.m, r.unit_code,
           jsonb_build_object('state', r.state, 'capacity', r.capacity, 'unit_of_measure', r.unit_of_measure,
                              'phone', r.phone, 'opening', r.opening, 'organisation', o.name) AS more,
           row_number() OVER (PARTITION BY r.kind ORDER BY d.m, r.id) AS place
    FROM resource AS r
    LEFT JOIN organisation AS o ON o.id = r.organisation_id
    CROSS JOIN LATERAL (
        SELECT ST_Distance(coalesce(r.area, r.geom)::geography,
                           ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography) AS m
    ) AS d
    WHERE r.kind = ANY (%(kinds)s)
          AND (r.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
               OR r.area && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
          AND (%(area)s::bytea IS NULL
               OR ST_Intersects(coalesce(r.area, r.geom), ST_GeomFromWKB(%(area)s::bytea, 4326)))
          AND (%(radius_m)s::float8 IS NULL OR d.m <= %(radius_m)s)
) AS n
WHERE n.place <= %(limit)s;
