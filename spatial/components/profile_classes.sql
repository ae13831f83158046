-- What a profile no longer has goes, with its mapping.
WITH given AS MATERIALIZED (
    SELECT code, name, coalesce(class_code, '') AS class_code, coalesce(class_name, '') AS class_name
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (code text, name text, class_code text, class_name text)
), gone AS (
    DELETE FROM component_profile_class AS c
    WHERE c.profile = %(profile)s AND c.code NOT IN (SELECT code FROM given)
)
INSERT INTO component_profile_class (profile, code, name, class_code, class_name)
SELECT %(profile)s, code, name, class_code, class_name FROM given
ON CONFLICT (profile, code) DO UPDATE SET
    name = EXCLUDED.name, class_code = EXCLUDED.class_code, class_name = EXCLUDED.class_name;
