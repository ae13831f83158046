-- Rows of classes that have extra fields of their own, with all that the component would then have.
SELECT s.row_number, s.class_code, coalesce(c.attributes, '{}') || coalesce(s.attributes, '{}')
FROM surveyed AS s
LEFT JOIN component AS c ON c.id = s.component_id
WHERE s.verdict IN ('new', 'changed') AND s.class_code = ANY (%(classes)s::text[]);
