-- What was under way when its process ended is begun anew; not for ever, for it may be what ended it.
UPDATE process_job SET
    state = CASE WHEN tries < %(most)s THEN 'accepted' ELSE 'failed' END,
    progress = 0,
    message = CASE WHEN tries < %(most)s THEN '' ELSE %(message)s END,
    problem = CASE WHEN tries < %(most)s THEN NULL ELSE %(problem)s::jsonb END,
    updated_at = now(),
    ended_at = CASE WHEN tries < %(most)s THEN NULL ELSE now() END,
    expires_at = CASE WHEN tries < %(most)s THEN NULL ELSE now() + interval '1 day' END
WHERE state = 'running';
