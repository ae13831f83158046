-- Where sealing stands: this cluster, what of it is sealed, what is finished (its rows are all visible to
-- whoever asks later), what has not begun, and whether there is anything to seal.
WITH here AS (
    SELECT system_identifier AS cluster FROM pg_control_system()
), sealed AS (
    SELECT (SELECT until_xid FROM audit_root AS r WHERE r.cluster = here.cluster AND r.kind = 'seal'
            ORDER BY id DESC LIMIT 1) AS until_xid
    FROM here
), state AS (
    SELECT cluster, until_xid AS sealed_until, clock_timestamp() AS now,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS finished,
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
    FROM here, sealed
)
SELECT cluster, sealed_until, finished, next, now,
       EXISTS (SELECT FROM audit AS a
               WHERE a.xid >= coalesce(s.sealed_until, 0) AND a.xid < s.finished AND a.cluster = s.cluster)
FROM state AS s;
