SELECT nr, verdict, row_number AS row, component_id, code, class_code, coalesce(detail, '{}') AS detail
FROM survey_report
ORDER BY row_number NULLS LAST, nr;
