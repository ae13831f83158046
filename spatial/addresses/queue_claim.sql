UPDATE address_job SET state = 'running', tries = tries + 1
WHERE id = (
    SELECT id FROM address_job WHERE state = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, account_id, kind, filename, options, file, tries, report;
