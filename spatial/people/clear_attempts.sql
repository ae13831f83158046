UPDATE login_attempt SET cleared = true
WHERE name_digest = %(name_digest)s AND at > now() - interval '1 hour' AND NOT cleared AND NOT good
      AND (%(network)s::text IS NULL OR network = %(network)s);
