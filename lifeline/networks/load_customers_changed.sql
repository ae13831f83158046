UPDATE network_customer AS c
SET service_id = s.id, category = i.category, priority = i.priority, meters = i.meters, people = i.people,
    state = 'in_service', attributes = i.attributes
FROM in_customer AS i JOIN network_service AS s ON s.network_id = %(network)s AND s.code = i.service
WHERE c.network_id = %(network)s AND c.code = i.code
  AND (c.service_id, c.category, c.priority, c.meters, c.people, c.state, c.attributes)
      IS DISTINCT FROM (s.id, i.category, i.priority, i.meters, i.people, 'in_service', i.attributes);
