DROP TABLE IF EXISTS draft_unit;
DROP TABLE IF EXISTS draft_arc;
CREATE TEMPORARY TABLE draft_unit (
    level smallint, code text, parent_code text, name text, name_en text, evidence text,
    generated boolean, geom geometry
) ON COMMIT DROP;
CREATE TEMPORARY TABLE draft_arc (
    start_lon bigint, start_lat bigint, end_lon bigint, end_lat bigint, geom geometry,
    left_code text, right_code text
) ON COMMIT DROP;
