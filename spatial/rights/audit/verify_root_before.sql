-- The newest seal of a cluster, of whatever month, that was made before a transaction began.
SELECT id, kind, cluster, month, from_xid, until_xid, next_xid, row_count, first_id, last_id, merkle_root,
       sealed_at, key_id, previous, chain
FROM audit_root
WHERE cluster = %(cluster)s AND kind = 'seal' AND next_xid <= %(xid)s
ORDER BY next_xid DESC, id DESC
LIMIT 1;
