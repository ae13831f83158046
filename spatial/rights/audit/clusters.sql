-- The clusters that the log has seals of, each with the end of what is sealed, this one in any case; with
-- this one stands the number that no transaction of it has reached.
WITH known AS (
    SELECT cluster, until_xid, NULL::bigint AS next
    FROM audit_root
    WHERE kind = 'seal'
    UNION ALL
    SELECT system_identifier, NULL, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    FROM pg_control_system()
)
SELECT cluster, coalesce(max(until_xid), 0), max(next)
FROM known
GROUP BY cluster
ORDER BY cluster;
