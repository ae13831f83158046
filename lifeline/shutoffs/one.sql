SELECT s.id, s.network_id, n.name AS network, s.state, s.cause, s.title, s.from_at, s.until_at, s.announced_at,
       s.began_at, s.ended_at, s.question, s.edition, s.found, s.username, s.created_at
FROM shut_off AS s JOIN network AS n ON n.id = s.network_id
WHERE s.id = %(id)s;
