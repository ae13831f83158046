-- What waits longest, to be read or, confirmed, to be brought in; tries are counted, so that one that kills the
-- process is given up.
UPDATE network_import SET state = 'running', started_at = now(), tries = tries + 1, stage = 'reading', progress = 0
WHERE id = (SELECT i.id FROM network_import AS i WHERE i.state IN ('waiting', 'confirmed') ORDER BY i.id LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING id, name, organisation_id, account_id, filename, file, digest, wish, tries;
