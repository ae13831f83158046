SELECT p.at > now() - interval '24 hours' AND e.state IN ('reported', 'accepted', 'filed', 'dispatched'),
       (SELECT count(*) FROM event_attachment AS a WHERE a.event_id = e.id AND a.added_by IS NULL AND a.step_id IS NULL)
FROM public_report AS p JOIN event AS e ON e.id = p.event_id
WHERE p.event_id = %(event)s;
