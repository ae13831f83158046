-- Networks for the map and for analysts. `medium` is what flows (the network's kind), `kind` what the part is.
CREATE VIEW pipes WITH (security_invoker = true) AS
SELECT l.id, n.name AS network, n.kind AS medium, l.code, l.kind, l.diameter_mm, l.length_m, l.material,
       l.pressure_class, l.installed_on, l.z_up_m, l.z_down_m, l.accuracy_m, l.state, t.code AS from_code,
       h.code AS to_code, n.source, n.generated, l.geom
FROM network_link AS l
JOIN network AS n ON n.id = l.network_id
LEFT JOIN network_node AS t ON t.id = l.from_node
LEFT JOIN network_node AS h ON h.id = l.to_node;

CREATE VIEW pipe_nodes WITH (security_invoker = true) AS
SELECT d.id, n.name AS network, n.kind AS medium, d.code, d.kind, d.elevation_m, d.is_source, d.installed_on,
       d.accuracy_m, d.state, n.source, n.generated, d.geom
FROM network_node AS d
JOIN network AS n ON n.id = d.network_id;

CREATE VIEW pipe_devices WITH (security_invoker = true) AS
SELECT d.id, n.name AS network, n.kind AS medium, d.code, d.kind, d.is_open, d.is_operable, d.is_accessible,
       d.normally_open, CASE WHEN NOT d.is_operable THEN 'stuck'
                             WHEN NOT d.is_open THEN 'closed'
                             WHEN d.kind IN ('valve', 'check_valve') THEN 'open'
                             ELSE 'other' END AS stands,
       d.state, p.code AS node_code, l.code AS link_code, n.source, n.generated, d.geom
FROM network_device AS d
JOIN network AS n ON n.id = d.network_id
LEFT JOIN network_node AS p ON p.id = d.node_id
LEFT JOIN network_link AS l ON l.id = d.link_id;
