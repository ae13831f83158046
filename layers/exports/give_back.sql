-- What was being written when its process ended is written anew; not for ever, for it may be what ended it.
UPDATE export SET
    state = CASE WHEN tries < %(most)s THEN 'waiting' ELSE 'failed' END,
    error = CASE WHEN tries < %(most)s THEN NULL ELSE 'the process that wrote it has ended several times' END,
    ended_at = CASE WHEN tries < %(most)s THEN NULL ELSE now() END,
    expires_at = CASE WHEN tries < %(most)s THEN NULL ELSE now() + interval '1 day' END
WHERE state = 'running';
