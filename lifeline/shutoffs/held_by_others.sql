-- Valves that other shut-offs which run now need closed.
SELECT v.code, min(s.id) AS id
FROM shut_off_valve AS v JOIN shut_off AS s ON s.id = v.shut_off_id
WHERE s.network_id = %(network)s AND s.id <> %(id)s AND s.state = 'running'
      AND v.state IN ('closed', 'held') AND v.code = ANY (%(codes)s::text[])
GROUP BY v.code ORDER BY v.code;
