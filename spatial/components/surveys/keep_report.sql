INSERT INTO component_survey_row (survey_id, nr, verdict, row_number, component_id, code, class_code, detail)
SELECT %(survey)s, row_number() OVER (ORDER BY row_number NULLS LAST, nr), verdict, row_number, component_id, code, class_code,
       coalesce(detail, '{}')
FROM survey_report;
