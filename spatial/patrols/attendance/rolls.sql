SELECT c.id, c.name, c.unit_code, o.code AS organisation, c.times, c.days, c.grace_min, c.counts, c.retired,
       c.edition AS etag, c.next_at, c.username, c.created_at
FROM roll_call AS c
LEFT JOIN organisation AS o ON o.id = c.organisation_id
WHERE (%(id)s::bigint IS NULL OR c.id = %(id)s) AND (%(before)s::bigint IS NULL OR c.id < %(before)s)
ORDER BY c.id DESC
LIMIT %(limit)s;
