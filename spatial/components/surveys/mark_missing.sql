UPDATE component AS c SET state = 'missing', changed_on = %(day)s
FROM survey_report AS r
WHERE r.verdict = 'missing' AND c.id = r.component_id AND c.state <> 'missing';
