-- 1. Versions that end: in force to the end of time, and missing from the draft or different in it.
CREATE TEMPORARY TABLE ending ON COMMIT DROP AS
SELECT v.*
FROM unit_version AS v
LEFT JOIN draft_unit AS d
       ON d.code = v.code AND d.level = v.level AND d.geom = v.geom AND d.name = v.name
      AND d.name_en = v.name_en AND d.generated = v.generated
      AND d.parent_code IS NOT DISTINCT FROM v.parent_code
      AND d.evidence IS NOT DISTINCT FROM v.evidence
WHERE v.coverage = %(coverage)s AND upper_inf(v.sys) AND upper_inf(v.valid) AND d.code IS NULL;

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

-- 4. Identities for codes that were never given before.
WITH fresh AS (
    SELECT d.code, d.level, gen_random_uuid() AS id
    FROM draft_unit AS d
    WHERE NOT EXISTS (SELECT FROM issued_code AS i WHERE i.profile = %(coverage)s AND i.code = d.code)
), born AS (
    INSERT INTO unit (id, coverage, level) SELECT id, %(coverage)s, level FROM fresh
)
INSERT INTO issued_code (profile, code, unit_id) SELECT %(coverage)s, code, id FROM fresh;

-- 5. New versions for new and changed units.
INSERT INTO unit_version (unit_id, coverage, level, parent_code, code, name, name_en, evidence, generated,
                          geom, label, area_m2, version_id, valid, sys)
SELECT i.unit_id, %(coverage)s, d.level, d.parent_code, d.code, d.name, d.name_en, d.evidence, d.generated,
       d.geom, ST_PointOnSurface(d.geom), ST_Area(d.geom::geography), %(version)s,
       tstzrange(%(valid_from)s, NULL), tstzrange(%(recorded)s, NULL)
FROM draft_unit AS d
JOIN issued_code AS i ON i.profile = %(coverage)s AND i.code = d.code
WHERE NOT EXISTS (
    SELECT FROM unit_version AS v
    WHERE v.unit_id = i.unit_id AND upper_inf(v.sys) AND upper_inf(v.valid)
);

DROP TABLE ending;
