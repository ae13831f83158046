DROP TABLE IF EXISTS ending;
DROP TABLE IF EXISTS draft_unit;
DROP TABLE IF EXISTS draft_arc;
CREATE TEMPORARY TABLE draft_unit (
    unit_id uuid, level smallint, code text, parent_code text, name text, name_en text, generated boolean,
    evidence text, geom geometry, retired boolean, fresh boolean
) ON COMMIT DROP;
CREATE TEMPORARY TABLE draft_arc (
    start_lon bigint, start_lat bigint, end_lon bigint, end_lat bigint, geom geometry,
    left_unit uuid, right_unit uuid
) ON COMMIT DROP;
