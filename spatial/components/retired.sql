SELECT t.was, t.id, t.code, t.class_code, k.name AS class_name, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat,
       t.retired_at, t.reason, t.events, r.repairs, r.last_repair_at,
       ARRAY(SELECT a.code FROM component_alias AS a WHERE a.component_id = t.id ORDER BY a.at, a.code) AS former_codes
FROM component_retired AS t
JOIN component_class AS k ON k.code = t.class_code
CROSS JOIN LATERAL (
    SELECT count(*) AS repairs, max(p.repaired_at) AS last_repair_at FROM component_repair AS p WHERE p.component_id = t.id
) AS r
WHERE t.id = %(id)s;
