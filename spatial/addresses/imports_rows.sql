-- Rows of one source: changed where the source named them before, else added; those that say the same stay.
WITH sent AS (
    SELECT *, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (
        "row" int, full_text text, name_en text, kind text, external_id text, province text, city text, district text,
        street text, community text, road text, number text, building text, unit text, floor text, room text, name text,
        valid_from date, valid_until date, lon float8, lat float8)
), met AS (
    SELECT s.*, a.id AS old_id,
           (a.full_text, a.name_en, a.kind, a.valid_from, a.valid_until, a.road, a.number, a.building, a.unit, a.floor, a.room,
            a.name, a.province, a.city, a.district, a.street, a.community)
           IS NOT DISTINCT FROM
           (s.full_text, s.name_en, s.kind, s.valid_from, s.valid_until, s.road, s.number, s.building, s.unit, s.floor, s.room,
            s.name, s.province, s.city, s.district, s.street, s.community)
           AND a.geom = s.geom AS is_same
    FROM sent AS s
    LEFT JOIN LATERAL (
        SELECT k.* FROM address AS k
        WHERE k.source = %(source)s AND s.external_id IS NOT NULL AND k.external_id = s.external_id
        UNION ALL
        SELECT k.* FROM address AS k
        WHERE s.external_id IS NULL AND k.source = %(source)s AND k.external_id IS NULL
          AND k.full_text = s.full_text AND k.geom && ST_Expand(s.geom, 0.00001)
        LIMIT 1
    ) AS a ON true
), changed AS (
    UPDATE address AS a
    SET (full_text, name_en, kind, valid_from, valid_until, road, number, building, unit, floor, room, name, province, city,
         district, street, community, geom, generated)
        = (m.full_text, m.name_en, m.kind, m.valid_from, m.valid_until, m.road, m.number, m.building, m.unit, m.floor, m.room,
           m.name, m.province, m.city, m.district, m.street, m.community, m.geom, %(generated)s)
    FROM met AS m
    WHERE a.id = m.old_id AND NOT m.is_same
    RETURNING 1
), added AS (
    INSERT INTO address (full_text, name_en, kind, source, external_id, valid_from, valid_until, road, number, building, unit,
                         floor, room, name, province, city, district, street, community, geom, generated)
    SELECT full_text, name_en, kind, %(source)s, external_id, valid_from, valid_until, road, number, building, unit,
           floor, room, name, province, city, district, street, community, geom, %(generated)s
    FROM met
    WHERE old_id IS NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed),
       (SELECT count(*) FROM met WHERE old_id IS NOT NULL AND is_same);
