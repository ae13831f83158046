-- The file that waits longest; tries are counted, so that one that kills the process is given up.
UPDATE plan_import SET state = 'running', started_at = now(), tries = tries + 1, stage = 'reading', progress = 0
WHERE id = (SELECT i.id FROM plan_import AS i WHERE i.state = 'waiting' ORDER BY i.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, plan_id, account_id, filename, file, options, tries;
