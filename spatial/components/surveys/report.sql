-- Without it the planner takes the new rows for one, and goes through all of them for each.
ANALYZE surveyed;
-- Everything that is not as it was, row by row; what is missing stands behind.
INSERT INTO survey_report (verdict, row_number, component_id, code, class_code, detail)
SELECT verdict, row_number, component_id, coalesce(was_code, code), class_code,
       CASE verdict WHEN 'changed' THEN changes WHEN 'rejected' THEN jsonb_build_object('reasons', reasons) ELSE '{}' END
FROM surveyed
WHERE verdict IN ('new', 'changed', 'rejected')
ORDER BY row_number;
INSERT INTO survey_report (verdict, component_id, code, class_code, detail)
SELECT 'missing', c.id, c.code, c.class_code, jsonb_build_object('name', c.name, 'state', c.state)
FROM component AS c
WHERE %(area)s::text IS NOT NULL
  AND c.geom && ST_GeomFromGeoJSON(%(area)s::text)
  AND ST_Covers(ST_GeomFromGeoJSON(%(area)s::text), c.geom)
  AND c.class_code = ANY (coalesce(%(classes)s::text[], ARRAY(SELECT DISTINCT class_code FROM surveyed
        WHERE class_code IS NOT NULL AND verdict <> 'rejected')))
  AND NOT EXISTS (SELECT FROM surveyed AS s WHERE s.component_id = c.id)
ORDER BY c.id;
