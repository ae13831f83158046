-- What has not ended is dismissed, and stays to be seen; what has ended goes at once.
WITH found AS (
    SELECT id, state FROM process_job
    WHERE number = %(number)s AND account_id = %(account_id)s AND (expires_at IS NULL OR expires_at > now())
    FOR UPDATE
), gone AS (
    DELETE FROM process_job WHERE id IN (SELECT id FROM found WHERE state IN ('successful', 'failed', 'dismissed'))
)

UPDATE process_job SET state = 'dismissed', updated_at = now(), ended_at = now(),
                       expires_at = now() + interval '1 day'
WHERE id IN (SELECT id FROM found WHERE state IN ('accepted', 'running'));
