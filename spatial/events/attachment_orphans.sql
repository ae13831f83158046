DELETE FROM attachment AS a
WHERE a.created_at < now() - %(hours)s * interval '1 hour'
    AND NOT EXISTS (SELECT FROM event_attachment AS e WHERE e.digest = a.digest)
    AND NOT EXISTS (SELECT FROM place_attachment AS p WHERE p.digest = a.digest)
RETURNING a.digest;
