SELECT p.id, p.kind, k.title AS kind_title, k.title_en AS kind_title_en, p.name, p.name_en, p.address,
       p.risk_level, p.risk_reason, p.unit_code, o.code AS organisation_code, o.name AS organisation,
       p.source, p.generated, p.attributes, p.created_at, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat,
       ST_AsGeoJSON(p.area, 9)::jsonb AS area, md5(p::text) AS etag
FROM place AS p
JOIN place_kind AS k ON k.key = p.kind
LEFT JOIN organisation AS o ON o.id = p.organisation_id
WHERE p.id = %(id)s;
