-- Rows of a month that come from a cluster the log has no seals of.
SELECT id, at, cluster
FROM audit
WHERE at >= %(from)s AND at < %(until)s AND cluster <> ALL (%(clusters)s)
ORDER BY at, id;
