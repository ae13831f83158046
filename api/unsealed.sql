-- Rows of the last day that the sealer should have come by already.
SELECT count(*)
FROM audit
WHERE at > now() - interval '1 day' AND at < now() - interval '1 minute'
  AND xid >= coalesce((SELECT max(until_xid) FROM audit_root
                       WHERE kind = 'seal' AND cluster = (SELECT system_identifier FROM pg_control_system())), 0);
