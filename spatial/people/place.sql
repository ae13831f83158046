-- Where a reader belongs, in words.
SELECT u.name AS area_name, u.name_en AS area_name_en, o.code, o.name, o.name_en
FROM (SELECT %(area)s::text AS area, %(organisation_id)s::bigint AS organisation_id) AS r
LEFT JOIN unit_version AS u
    ON u.coverage = 'grids' AND u.code = r.area AND upper_inf(u.sys) AND u.valid @> now()
LEFT JOIN organisation AS o ON o.id = r.organisation_id;
