-- Who has had the fewest answered or under way comes first; then who asked first.
UPDATE archive_question SET state = 'running', started_at = now(), tries = tries + 1
WHERE id = (
    SELECT q.id FROM archive_question AS q WHERE q.state = 'waiting'
    ORDER BY (SELECT count(*) FROM archive_question AS o WHERE o.account_id = q.account_id AND o.state <> 'waiting'), q.id
    LIMIT 1 FOR UPDATE OF q SKIP LOCKED
)
RETURNING id, account_id, asked;
