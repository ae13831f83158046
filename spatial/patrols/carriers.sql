-- How the devices of a batch stand, and who carried them when, in microseconds.
SELECT d.id, d.state = 'active', c.mover_id, (extract(epoch FROM c.since) * 1000000)::bigint,
       coalesce((extract(epoch FROM c.until) * 1000000)::bigint, 9223372036854775807)
FROM device AS d
LEFT JOIN device_carrier AS c ON c.device_id = d.id
WHERE d.id = ANY (%(devices)s)
ORDER BY d.id, c.since;
