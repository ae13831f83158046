SELECT s.id, n.name AS network, s.state, s.cause, s.title, s.from_at, s.until_at, s.announced_at, s.began_at,
       s.ended_at, s.edition, s.username, s.created_at,
       (s.found #>> '{customers,customers}')::bigint AS customers
FROM shut_off AS s JOIN network AS n ON n.id = s.network_id
WHERE (%(network)s::text IS NULL OR n.name = %(network)s) AND (%(state)s::text IS NULL OR s.state = %(state)s)
      AND (%(before)s::bigint IS NULL OR s.id < %(before)s)
ORDER BY s.id DESC LIMIT %(limit)s;
