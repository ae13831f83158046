SELECT jsonb_build_object('new', 0, 'changed', 0, 'unchanged', 0, 'missing', 0, 'rejected', 0) || jsonb_object_agg(verdict, n)
FROM (
    SELECT verdict, count(*) AS n FROM survey_report GROUP BY 1
    UNION ALL SELECT 'unchanged', count(*) FROM surveyed WHERE verdict = 'unchanged'
) AS counted;
