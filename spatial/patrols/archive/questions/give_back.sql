-- Not for ever: the question may be what ended the process.
UPDATE archive_question
SET state = CASE WHEN tries < %(most)s THEN 'waiting' ELSE 'failed' END,
    problem = CASE WHEN tries < %(most)s THEN NULL ELSE %(problem)s::jsonb END,
    ended_at = CASE WHEN tries < %(most)s THEN NULL ELSE now() END
WHERE state = 'running';
