-- The rows of a month and a cluster in the order they were sealed. The texts are those that were hashed, in
-- that order; the reader hashes them again by itself, for a function of this database could lie.
SELECT xid, id, at, hash,
       (extract(epoch FROM at) * 1000000)::bigint::text, xid::text, cluster::text, account_id::text,
       username, role, database_user, address, request, id::text, action, relation, row_key, unit_code,
       before::text, after::text, reason
FROM audit
WHERE at >= %(from)s AND at < %(until)s AND cluster = %(cluster)s
ORDER BY audit.xid, audit.id;
