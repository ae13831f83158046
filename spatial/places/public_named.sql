SELECT p.name, p.name_en, p.kind, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, p.generated
FROM place AS p
JOIN place_kind AS k ON k.key = p.kind AND k.public_rank IS NOT NULL AND k.retired_at IS NULL
WHERE p.name ILIKE %(inside)s OR p.name_en ILIKE %(inside)s
ORDER BY length(p.name), p.name, p.id
LIMIT %(limit)s;
