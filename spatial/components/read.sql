-- Components by identifier, with what is derived of them: former codes, how often and when last repaired, and the
-- version that a change may ask for.
SELECT c.id, c.code, c.profile, c.class_code, k.name AS class_name, k.name_en AS class_name_en, c.name, c.state,
       c.owner, c.owner_code, c.upkeep, c.upkeep_code, c.manager, c.manager_code, o.code AS organisation, c.unit_code,
       ST_X(c.geom) AS lon, ST_Y(c.geom) AS lat, c.installed_on, c.surveyed_on, c.changed_on, c.note, c.source,
       c.generated, c.attributes, r.repairs, r.last_repair_at,
       ARRAY(SELECT a.code FROM component_alias AS a WHERE a.component_id = c.id ORDER BY a.at, a.code) AS former_codes,
       md5(concat_ws('|', c::text, r.repairs, r.last_repair_at)) AS version
FROM component AS c
JOIN component_class AS k ON k.code = c.class_code
LEFT JOIN organisation AS o ON o.id = c.organisation_id
CROSS JOIN LATERAL (
    SELECT count(*) AS repairs, max(p.repaired_at) AS last_repair_at FROM component_repair AS p WHERE p.component_id = c.id
) AS r
WHERE c.id = ANY (%(ids)s::bigint[])
ORDER BY c.id;
