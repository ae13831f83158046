SELECT (SELECT count(*) FROM network_node WHERE network_id = %(network)s) AS nodes,
       (SELECT count(*) FROM network_link WHERE network_id = %(network)s) AS links,
       (SELECT count(*) FROM network_device WHERE network_id = %(network)s) AS devices,
       (SELECT count(*) FROM network_service WHERE network_id = %(network)s) AS services,
       (SELECT count(*) FROM network_customer WHERE network_id = %(network)s) AS customers,
       (SELECT count(*) FROM network_node WHERE network_id = %(network)s AND is_source) AS sources,
       (SELECT sum(length_m) FROM network_link WHERE network_id = %(network)s) AS length_m;
