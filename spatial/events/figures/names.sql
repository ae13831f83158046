-- What the keys of figures are called: of a unit the name it had last.
SELECT key, name, name_en
FROM (
    SELECT DISTINCT ON (code) code AS key, name, name_en
    FROM unit_version
    WHERE %(by)s = 'unit' AND coverage = %(coverage)s AND code = ANY (%(keys)s::text[])
    ORDER BY code, upper_inf(sys) DESC, valid DESC
) AS units
UNION ALL
SELECT id::text, name, name_en FROM organisation WHERE %(by)s = 'organisation' AND id::text = ANY (%(keys)s::text[])
UNION ALL
SELECT code, name, '' FROM matter WHERE %(by)s = 'category' AND code = ANY (%(keys)s::text[])
UNION ALL
SELECT DISTINCT class_code, class_name, '' FROM matter WHERE %(by)s = 'class' AND class_code = ANY (%(keys)s::text[])
