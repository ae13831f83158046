-- Units by name, then places, emergency resources and (unless the compiled library is asked) addresses that hold the text: exact
-- first, then the shortest.
WITH unit AS (
    SELECT 'unit' AS kind, NULL::text AS id, code, name AS title, name_en AS title_en, code AS subtitle, code AS subtitle_en,
           ST_X(label) AS lon, ST_Y(label) AS lat,
           ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)] AS bbox, generated,
           name = %(text)s AS same, level::int AS weight
    FROM unit_version
    WHERE coverage = 'grids' AND upper_inf(sys) AND valid @> now() AND (name ILIKE %(inside)s OR name_en ILIKE %(inside)s)
    ORDER BY level, length(name)
    LIMIT %(limit)s
), place_found AS (
    SELECT 'place', id::text, NULL, name, coalesce(name_en, name), kind, kind, ST_X(geom), ST_Y(geom),
           NULL::float8[], generated, name = %(text)s, length(name)
    FROM place
    WHERE name ILIKE %(inside)s OR name_en ILIKE %(inside)s
    ORDER BY name <> %(text)s, length(name)
    LIMIT %(limit)s
), resource_found AS (
    SELECT 'resource', id::text, NULL, name, coalesce(name_en, name), kind, kind, ST_X(geom), ST_Y(geom),
           NULL::float8[], generated, name = %(text)s, length(name)
    FROM resource
    WHERE name ILIKE %(inside)s OR name_en ILIKE %(inside)s
    ORDER BY name <> %(text)s, length(name)
    LIMIT %(limit)s
), address_found AS (
    SELECT 'address', NULL, NULL, full_text, coalesce(name_en, full_text), kind, kind, ST_X(geom), ST_Y(geom),
           NULL::float8[], generated, full_text = %(text)s, length(full_text)
    FROM address
    WHERE %(addresses)s AND kind NOT IN ('district', 'street', 'community', 'grid') AND (full_text ILIKE %(inside)s OR name_en ILIKE %(inside)s)
    ORDER BY full_text <> %(text)s, length(full_text)
    LIMIT %(limit)s
), found AS (
    SELECT * FROM unit
    UNION ALL SELECT * FROM place_found
    UNION ALL SELECT * FROM resource_found
    UNION ALL SELECT * FROM address_found
)
SELECT kind, id, code, title, title_en, subtitle, subtitle_en, lon, lat, bbox, generated
FROM (SELECT DISTINCT ON (title, round(lon::numeric, 4), round(lat::numeric, 4)) * FROM found
      ORDER BY title, round(lon::numeric, 4), round(lat::numeric, 4), kind DESC) AS once
ORDER BY same DESC, weight, title
LIMIT %(limit)s;
