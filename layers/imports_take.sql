-- The oldest request that waits, held by a lock of this session, and whether its account may still publish.
WITH next AS (
    SELECT id FROM import
    WHERE state = 'queued'
    ORDER BY id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE import AS i SET state = 'running'
FROM next
WHERE i.id = next.id AND pg_try_advisory_lock(hashtext('citygrid.import'), i.id::integer)
RETURNING i.id, i.account_id, i.username, i.action, i.target, i.file, i.filename, i.options, i.context,
          i.account_id IS NULL OR EXISTS (
              SELECT FROM account AS a
              WHERE a.id = i.account_id AND NOT a.disabled AND a.role = i.context ->> 'role'
          );
