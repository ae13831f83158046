INSERT INTO shut_off (network_id, cause, title, from_at, until_at, question, edition, found, username)
VALUES (%(network)s, %(cause)s, %(title)s, coalesce(%(from_at)s, now()), %(until_at)s, %(question)s, %(edition)s,
        %(found)s, %(username)s)
RETURNING id;
