INSERT INTO network_customer (network_id, service_id, code, category, priority, meters, people, attributes)
SELECT %(network)s, s.id, i.code, i.category, i.priority, i.meters, i.people, i.attributes
FROM in_customer AS i JOIN network_service AS s ON s.network_id = %(network)s AND s.code = i.service
WHERE NOT EXISTS (SELECT FROM network_customer AS c WHERE c.network_id = %(network)s AND c.code = i.code);
