-- What is under way and held by no session any more.
UPDATE import SET state = 'failed', ended_at = now(),
    problems = '[{"where": "server", "reason": "it was interrupted: send it again"}]'
WHERE state = 'running' AND NOT EXISTS (
    SELECT FROM pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = hashtext('citygrid.import')::bigint::bit(32)::bigint::oid AND l.objid = (id::integer)::oid
)
RETURNING file;
