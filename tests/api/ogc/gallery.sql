-- Small layers with awkward content, beside whatever the demo holds.
CREATE TABLE ogc_test_plots (
    code text PRIMARY KEY,
    name text,
    storeys integer,
    height_m double precision,
    listed boolean,
    geom geometry(Polygon, 4326)
);
INSERT INTO ogc_test_plots
SELECT 'P' || lpad(n::text, 2, '0'), 'plot ' || n, n % 3, n / 4.0, n % 2 = 0,
       ST_MakeEnvelope(10 + n * 0.01, 50, 10.008 + n * 0.01, 50.008, 4326)
FROM generate_series(1, 14) AS n;
INSERT INTO ogc_test_plots VALUES
    ('P15', 'pipe d<200 & d>100', 9, 'NaN', true,
     ST_GeomFromText('POLYGON((10.123456789 50, 10.2 50, 10.2 50.1, 10.123456789 50))', 4326)),
    ('P16', $$O'Brien "quoted" 100% \back <script>alert(1)</script>$$, 9, NULL, NULL, NULL),
    ('P17', repeat('很长的名字', 1000), 9, 1e300, false, ST_MakeEnvelope(11, 51, 12, 52, 4326)),
    ('a/b c?d#e%f"<x>''', 'hostile code', 9, -0.5, false,
     ST_GeomFromText('POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))', 4326));

CREATE TABLE ogc_test_sightings (
    id integer PRIMARY KEY,
    kind text,
    seen_at timestamptz,
    geom geometry(Point, 4326)
);
INSERT INTO ogc_test_sightings
SELECT n, 'bird', timestamptz '2026-01-01 00:00:00+00' + n * interval '1 hour', ST_Point(20 + n * 0.1, 60, 4326)
FROM generate_series(0, 47) AS n;
INSERT INTO ogc_test_sightings VALUES
    (100, 'whale', '2026-03-01 00:00:00+00', ST_Point(179.5, -10, 4326)),
    (101, 'whale', '2026-03-02 00:00:00+00', ST_Point(-179.5, -10, 4326));

-- Shows in whose name it is read.
CREATE VIEW ogc_test_mirror AS
SELECT 1 AS id, current_setting('citygrid.username', true) AS reader, ST_Point(0, 0, 4326) AS geom;

INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,
                   geometry_type, time_column, fields, tile_fields, position)
VALUES
    ('ogc_test_plots', '地块<b>', 'Plots <b>', 'Hostile <i>names</i>', 'table', 'ogc_test_plots', 'code', 'geom',
     'polygon', NULL,
     '[{"name": "code", "type": "string", "title": "编码", "title_en": "Code"},
       {"name": "name", "type": "string", "title": "名称", "title_en": "Name"},
       {"name": "storeys", "type": "integer", "title": "层数", "title_en": "Storeys"},
       {"name": "height_m", "type": "number", "title": "高度", "title_en": "Height"},
       {"name": "listed", "type": "boolean", "title": "在册", "title_en": "Listed"}]', '[]', 900),
    ('ogc_test_sightings', '目击', 'Sightings', 'Points in time', 'table', 'ogc_test_sightings', 'id', 'geom',
     'point', 'seen_at',
     '[{"name": "kind", "type": "string", "title": "种类", "title_en": "Kind"},
       {"name": "seen_at", "type": "date-time", "title": "时间", "title_en": "Seen at"}]', '[]', 901),
    ('ogc_test_mirror', '镜', 'Mirror', 'Who reads', 'view', 'ogc_test_mirror', 'id', 'geom', 'point', NULL,
     '[{"name": "reader", "type": "string", "title": "读者", "title_en": "Reader"}]', '[]', 902);

GRANT SELECT ON ogc_test_plots, ogc_test_sightings, ogc_test_mirror TO citygrid_city, citygrid_system;
