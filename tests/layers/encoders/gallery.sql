-- Everything that can stand in a column, with values that formats stumble over.
CREATE TYPE enc_mood AS ENUM ('fine', 'so so', '糟');
CREATE TABLE enc_things (
    id integer PRIMARY KEY,
    whole bigint,
    part double precision,
    exact numeric(20, 4),
    words text,
    mood enc_mood,
    is_listed boolean,
    day date,
    moment timestamptz,
    naive timestamp,
    tags text[],
    facts jsonb,
    uid uuid,
    "Words" text,
    "=1+1|""quoted"", 100% 中文
line" text,
    geometry text,
    fid integer,
    geom geometry(Point, 4326)
);
INSERT INTO enc_things
SELECT n, n * 1000000007::bigint, n / 7.0, n / 8.0, 'thing ' || n, 'fine', n % 2 = 0,
       date '2026-01-01' + n, timestamptz '2026-01-01 08:30:00.125+08' + n * interval '1 hour',
       timestamp '2026-01-01 00:00:00' + n * interval '1 minute', ARRAY['a', 'b ' || n],
       jsonb_build_object('n', n, 'deep', jsonb_build_array(1, NULL, 'x')), gen_random_uuid(), 'W' || n, 'h' || n,
       'g', n, ST_SetSRID(ST_MakePoint(116.123456789 + n * 0.001, 39.987654321 - n * 0.001), 4326)
FROM generate_series(1, 20) AS n;
INSERT INTO enc_things (id, geom) VALUES (100, ST_SetSRID(ST_MakePoint(116.4, 39.9), 4326));
INSERT INTO enc_things VALUES
    (101, -9223372036854775807, 'NaN', 'NaN', '=HYPERLINK("http://evil")', '糟', false, '0044-03-15 BC',
     'infinity', '-infinity', '{}', 'null', NULL, E'tab\there', '@x', '-g', -1,
     ST_SetSRID(ST_MakePoint(-179.9, -89.9), 4326)),
    (102, 9223372036854775806, '-Infinity', -0.0001, E'line\r\nbreak, "quote" ''apostrophe'' \\ 很长😀', 'so so', NULL,
     '9999-12-31', '1900-01-01 00:00:00+00', '2026-06-30 23:59:59.999999',
     ARRAY['x,y', '"', NULL, ''], '{"a": "<script>", "b\n": [1.5, true]}', gen_random_uuid(), '', E'\u2028', '', 0,
     ST_SetSRID(ST_MakePoint(0, 0), 4326));

CREATE TABLE enc_gaps AS SELECT id, words, geom FROM enc_things WHERE id <= 5;
INSERT INTO enc_gaps VALUES (6, 'no shape', NULL), (7, 'empty shape', ST_GeomFromText('POINT EMPTY', 4326));

CREATE TABLE enc_nothing (id integer PRIMARY KEY, words text, moment timestamptz, geom geometry(Polygon, 4326));

CREATE TABLE enc_shapeless AS SELECT id, words, NULL::geometry(Point, 4326) AS geom FROM enc_things WHERE id <= 3;

CREATE TABLE enc_lines (id text PRIMARY KEY, name text, geom geometry(LineString, 4547));
INSERT INTO enc_lines
SELECT 'L' || n, 'line ' || n, ST_SetSRID(ST_MakeLine(ST_MakePoint(495000 + n, 4420000), ST_MakePoint(495100 + n, 4420100 + n)), 4547)
FROM generate_series(1, 9) AS n;

CREATE TABLE enc_areas (id text PRIMARY KEY, name text, geom geometry(Geometry, 4326));
INSERT INTO enc_areas VALUES
    ('with a hole', 'a', ST_GeomFromText('POLYGON((116 39, 117 39, 117 40, 116 40, 116 39), (116.2 39.2, 116.2 39.4, 116.4 39.4, 116.2 39.2))', 4326)),
    ('of parts', 'b', ST_GeomFromText('MULTIPOLYGON(((115 39, 115.5 39, 115.5 39.5, 115 39)), ((114 39, 114.5 39, 114.5 39.5, 114 39)))', 4326));

CREATE TABLE enc_mixed (id integer PRIMARY KEY, geom geometry);
INSERT INTO enc_mixed VALUES
    (1, ST_GeomFromText('POINT Z (116 39 12.5)', 4326)),
    (2, ST_GeomFromText('LINESTRING M (116 39 1, 117 40 2)', 4326)),
    (3, ST_GeomFromText('CURVEPOLYGON(CIRCULARSTRING(116 39, 117 40, 118 39, 117 38, 116 39))', 4326)),
    (4, ST_GeomFromText('GEOMETRYCOLLECTION(POINT(116 39), LINESTRING(116 39, 117 40))', 4326));

CREATE TABLE enc_high AS SELECT n AS id, ST_SetSRID(ST_MakePoint(116 + n, 39, n), 4326) AS geom FROM generate_series(1, 3) AS n;

GRANT SELECT ON enc_things, enc_gaps, enc_nothing, enc_shapeless, enc_lines, enc_areas, enc_mixed, enc_high TO citygrid_city;

CREATE TABLE enc_pole AS SELECT 1 AS id, ST_SetSRID(ST_MakePoint(0, 100), 4326) AS geom;
GRANT SELECT ON enc_pole TO citygrid_city;
