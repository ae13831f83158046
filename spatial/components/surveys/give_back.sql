UPDATE component_survey SET
    state = CASE WHEN tries < %(most)s THEN 'queued' ELSE 'failed' END,
    ended_at = CASE WHEN tries < %(most)s THEN NULL ELSE now() END,
    problems = CASE WHEN tries < %(most)s THEN problems
                    ELSE '[{"where": "server", "reason": "the process that did it has ended several times"}]' END
WHERE state = 'running';
