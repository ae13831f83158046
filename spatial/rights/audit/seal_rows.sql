-- The leaves of finished transactions [from, until) in the order of the tree.
SELECT date_trunc('month', at AT TIME ZONE 'UTC')::date, id, hash
FROM audit
WHERE xid >= %(from)s AND xid < %(until)s AND cluster = %(cluster)s
ORDER BY xid, id;
