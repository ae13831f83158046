-- Who has the fewest jobs done or under way this hour comes first; then who asked first.
UPDATE process_job SET state = 'running', started_at = now(), updated_at = now(), tries = tries + 1, progress = 0
WHERE id = (
    SELECT j.id FROM process_job AS j WHERE j.state = 'accepted'
    ORDER BY (
        SELECT count(*) FROM process_job AS k
        WHERE k.account_id = j.account_id AND k.started_at > now() - interval '1 hour'
    ), j.id
    LIMIT 1 FOR UPDATE OF j SKIP LOCKED
)
RETURNING number, account_id, process, asked;
