-- What a list no longer has stays with the events that are of it, and no new one gets it. A code that another list has
-- is not taken from it: it does not come back.
WITH given AS MATERIALIZED (
    SELECT %(prefix)s || code AS code, code AS list_code, name,
           %(prefix)s || coalesce(nullif(class_code, ''), left(code, 2)) AS class_code,
           coalesce(nullif(class_name, ''), nullif(class_code, ''), left(code, 2)) AS class_name
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (code text, name text, class_code text, class_name text)
), gone AS (
    UPDATE matter AS m SET retired = true
    WHERE m.profile = %(profile)s AND NOT m.retired AND m.code NOT IN (SELECT g.code FROM given AS g)
)
INSERT INTO matter (code, list_code, name, class_code, class_name, standard, profile)
SELECT code, list_code, name, class_code, class_name, %(standard)s, %(profile)s FROM given
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, class_code = excluded.class_code, class_name = excluded.class_name, retired = false
WHERE matter.profile = excluded.profile
RETURNING list_code;
