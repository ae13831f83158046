-- Which network, and in which state; what the reader does not see, there is not.
SELECT n.id, n.name, n.kind, n.flow_mode, n.edition, n.checked_edition, n.data_at,
       (SELECT count(*) FROM network_problem AS p WHERE p.network_id = n.id) AS problems
FROM network AS n
WHERE n.name = %(name)s;
