-- Roots in the order they were made.
SELECT id, kind, cluster, month, from_xid, until_xid, next_xid, row_count, first_id, last_id, merkle_root, sealed_at,
       key_id, previous, chain
FROM audit_root
WHERE id > %(after)s
ORDER BY id;
