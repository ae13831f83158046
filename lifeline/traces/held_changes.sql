-- What has changed since an edition that walks could notice.
SELECT relation, row_id, op, columns
FROM network_change
WHERE network_id = %(network)s AND edition > %(edition)s
      AND relation IN ('network_node', 'network_link', 'network_device')
ORDER BY id
LIMIT %(limit)s;
