-- A device as a terminal on the line needs it, with what vehicle carries it now.
SELECT d.id, d.state, d.profile, d.auth_code, d.attributes, c.mover_id IS NOT NULL AS is_carried,
       r.attributes ->> 'plate' AS plate
FROM device AS d
LEFT JOIN device_carrier AS c ON c.device_id = d.id AND tstzrange(c.since, c.until) @> now()
LEFT JOIN mover AS m ON m.id = c.mover_id
LEFT JOIN resource AS r ON r.id = m.resource_id
WHERE d.protocol = %(protocol)s AND d.identity = %(identity)s;
