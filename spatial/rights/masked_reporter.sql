SELECT event_id, name, phone, id_number, address, generated
FROM reporter
WHERE event_id = ANY (%(keys)s)
ORDER BY event_id
LIMIT %(most)s;
