-- Profiles, classes as [profile, code, name, name_en, class_code, class_name, to_class], schemas of extra fields,
-- and the counties of the units that the reader sees.
SELECT
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY NOT p.is_default, p.in_force_from DESC NULLS LAST, p.name)
     FROM component_profile AS p),
    (SELECT coalesce(jsonb_agg(k.kind), '[]')
     FROM (
        SELECT jsonb_build_array(p.name, c.code, c.name, coalesce(c.name_en, c.name), c.class_code, c.class_name,
                                 c.code) AS kind
        FROM component_profile AS p, component_class AS c
        WHERE p.is_default
        UNION ALL
        SELECT jsonb_build_array(c.profile, c.code, c.name, c.name, c.class_code, c.class_name, m.to_class)
        FROM component_profile_class AS c
        LEFT JOIN component_mapping AS m ON m.profile = c.profile AND m.code = c.code AND m.chosen
     ) AS k),
    (SELECT coalesce(jsonb_object_agg(c.code, c.fields), '{}') FROM component_class AS c WHERE c.fields <> '{}'),
    (SELECT coalesce(jsonb_agg(DISTINCT left(v.code, 6)), '[]')
     FROM unit_version AS v
     WHERE v.coverage = 'grids' AND v.level = 1 AND upper_inf(v.sys) AND v.valid @> now());
