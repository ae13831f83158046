-- The plan that waits longest; tries are counted, so that one that kills the process is given up.
UPDATE plan SET publish_tries = publish_tries + 1
WHERE id = (
    SELECT id FROM plan
    WHERE status = 'approved' AND publish_asked_at IS NOT NULL
    ORDER BY publish_asked_at, id
    LIMIT 1
)
RETURNING id, coverage, publish_asked_by, publish_tries;
