-- What stands and is not hidden, gravest first; where there is more than is taken, the mildest is left out.
SELECT id, is_technical, datastream_id, thing_id, network_id, feature_code, level, raised_at
FROM alarm
WHERE closed_at IS NULL AND state IN ('unacknowledged', 'acknowledged', 'returned', 'latched')
ORDER BY level, raised_at, id LIMIT %(most)s;
