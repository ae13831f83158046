-- What was under way when its process ended is begun anew; not for ever, for it may be what ended it.
UPDATE network_import SET
    state = CASE WHEN tries < %(most)s THEN 'waiting' ELSE 'failed' END, stage = '', progress = 0,
    problems = CASE WHEN tries < %(most)s THEN problems ELSE
        '[{"where": "server", "reason": "the process that worked on it has ended several times"}]'::jsonb END,
    file = CASE WHEN tries < %(most)s THEN file END, ended_at = CASE WHEN tries < %(most)s THEN NULL ELSE now() END
WHERE state = 'running';
