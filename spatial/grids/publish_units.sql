ANALYZE draft_unit;

-- 1. Versions that end: in force to the end of time, and retired or different in the draft. A draft without a
-- shape leaves it as it is.
CREATE TEMPORARY TABLE ending ON COMMIT DROP AS
SELECT v.*, d.retired, NOT d.retired AND (d.geom IS NULL OR d.geom = v.geom) AS same_shape
FROM draft_unit AS d
JOIN unit_version AS v ON v.unit_id = d.unit_id AND upper_inf(v.sys) AND upper_inf(v.valid)
WHERE d.retired OR NOT (d.geom IS NULL OR d.geom = v.geom)
   OR (d.code, d.name, d.name_en, d.generated, d.parent_code, d.evidence)
      IS DISTINCT FROM (v.code, v.name, v.name_en, v.generated, v.parent_code, v.evidence);

-- 2. What the database believed until now is closed in system time …
UPDATE unit_version AS v
SET sys = tstzrange(lower(v.sys), %(recorded)s)
FROM ending AS e
WHERE v.id = e.id;

-- 3. … and believed from now on with its end in valid time.
INSERT INTO unit_version (unit_id, coverage, level, parent_code, code, name, name_en, evidence, generated,
                          geom, label, area_m2, version_id, valid, sys)
SELECT unit_id, coverage, level, parent_code, code, name, name_en, evidence, generated, geom, label, area_m2,
       version_id, tstzrange(lower(valid), %(valid_from)s), tstzrange(%(recorded)s, NULL)
FROM ending
WHERE lower(valid) < %(valid_from)s;

-- 4. New identities, and codes that were never given before.
INSERT INTO unit (id, coverage, level)
SELECT unit_id, %(coverage)s, level FROM draft_unit WHERE fresh;

INSERT INTO issued_code (profile, code, unit_id)
SELECT %(coverage)s, code, unit_id FROM draft_unit WHERE NOT retired
ON CONFLICT DO NOTHING;

-- 5. New versions for new and changed units.
INSERT INTO unit_version (unit_id, coverage, level, parent_code, code, name, name_en, evidence, generated,
                          geom, label, area_m2, version_id, valid, sys)
SELECT d.unit_id, %(coverage)s, d.level, d.parent_code, d.code, d.name, d.name_en, d.evidence, d.generated,
       CASE WHEN e.same_shape THEN e.geom ELSE d.geom END,
       CASE WHEN e.same_shape THEN e.label ELSE ST_PointOnSurface(d.geom) END,
       CASE WHEN e.same_shape THEN e.area_m2 ELSE ST_Area(d.geom::geography) END,
       %(version)s, tstzrange(%(valid_from)s, NULL), tstzrange(%(recorded)s, NULL)
FROM draft_unit AS d
LEFT JOIN ending AS e ON e.unit_id = d.unit_id
WHERE NOT d.retired AND NOT EXISTS (
    SELECT FROM unit_version AS v
    WHERE v.unit_id = d.unit_id AND upper_inf(v.sys) AND upper_inf(v.valid)
);
