UPDATE component_survey SET state = 'running', tries = tries + 1, progress = 0
WHERE id = (SELECT id FROM component_survey WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, account_id, file, filename, options;
