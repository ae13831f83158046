WITH told AS MATERIALIZED (SELECT set_config('citygrid.reason', %(reason)s, true) AS reason)
DELETE FROM component AS c
USING survey_report AS r, told
WHERE r.verdict = 'missing' AND c.id = r.component_id AND told.reason IS NOT NULL;
