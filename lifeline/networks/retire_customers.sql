UPDATE network_customer AS t SET state = 'out_of_service'
WHERE t.network_id = %(network)s AND t.state = 'in_service'
  AND NOT EXISTS (SELECT FROM in_customer AS i WHERE i.code = t.code);
