-- Rows of other clusters that came with a dump before they were sealed there: transactions [from, until)
-- of each. Asked once, before the first seal of this cluster.
SELECT a.cluster, coalesce(s.until_xid, 0), max(a.xid) + 1
FROM audit AS a
LEFT JOIN (
    SELECT cluster, max(until_xid) AS until_xid FROM audit_root WHERE kind = 'seal' GROUP BY cluster
) AS s ON s.cluster = a.cluster
WHERE a.cluster <> %(cluster)s AND a.xid >= coalesce(s.until_xid, 0)
GROUP BY 1, 2
ORDER BY 1;
