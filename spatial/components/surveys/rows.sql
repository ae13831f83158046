SELECT nr, verdict, row_number AS row, component_id, code, class_code, detail
FROM component_survey_row
WHERE survey_id = %(id)s AND nr > %(after)s AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s::text)
ORDER BY nr
LIMIT %(limit)s;
