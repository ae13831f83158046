SELECT r.id, r.kind, r.name, r.name_en, r.state, r.capacity, r.unit_of_measure, o.code AS organisation_code,
       o.name AS organisation, r.phone, r.opening, r.address, r.unit_code, r.source, r.generated, r.attributes,
       r.created_at, ST_X(r.geom) AS lon, ST_Y(r.geom) AS lat, ST_AsGeoJSON(r.area, 9)::jsonb AS area,
       md5(r::text) AS etag
FROM resource AS r
LEFT JOIN organisation AS o ON o.id = r.organisation_id
WHERE r.id = %(id)s;
