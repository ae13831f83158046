UPDATE address_job
SET state = CASE WHEN tries < %(most)s THEN 'waiting' ELSE 'failed' END,
    ended_at = CASE WHEN tries < %(most)s THEN NULL ELSE now() END,
    file = CASE WHEN tries < %(most)s THEN file END,
    problems = CASE WHEN tries < %(most)s THEN problems
               ELSE '[{"where": "server", "reason": "the process that worked on it has ended several times"}]'::jsonb END
WHERE state = 'running';
