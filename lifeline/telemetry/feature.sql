SELECT n.id, EXISTS (SELECT FROM network_node AS x WHERE x.network_id = n.id AND x.code = %(feature)s)
          OR EXISTS (SELECT FROM network_link AS x WHERE x.network_id = n.id AND x.code = %(feature)s)
          OR EXISTS (SELECT FROM network_device AS x WHERE x.network_id = n.id AND x.code = %(feature)s)
FROM network AS n WHERE n.name = %(network)s;
