-- Units, components and events whose code begins with the text; the shortest code first. `^@` is leakproof,
-- which LIKE is not: the index answers before the policy is asked.
WITH unit AS (
    SELECT 'unit' AS kind, NULL::text AS id, code, name AS title, name_en AS title_en, code AS subtitle, code AS subtitle_en,
           ST_X(label) AS lon, ST_Y(label) AS lat,
           ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)] AS bbox, generated
    FROM unit_version
    WHERE coverage = 'grids' AND upper_inf(sys) AND valid @> now() AND code ^@ %(prefix)s
    ORDER BY length(code), code
    LIMIT %(limit)s
), component_found AS (
    SELECT 'component', id::text, code, name, name, code, code, ST_X(geom), ST_Y(geom), NULL::float8[], generated
    FROM component
    WHERE code ^@ %(prefix)s
    ORDER BY code
    LIMIT %(limit)s
), event_found AS (
    SELECT 'event', id::text, no, title, title, no, no, ST_X(geom), ST_Y(geom), NULL::float8[], generated
    FROM event
    WHERE no ^@ %(prefix)s
    ORDER BY no
    LIMIT %(limit)s
)
SELECT * FROM unit
UNION ALL SELECT * FROM component_found
UNION ALL SELECT * FROM event_found
LIMIT %(limit)s;
