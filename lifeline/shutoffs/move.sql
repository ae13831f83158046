UPDATE shut_off
SET state = %(state)s,
    announced_at = CASE %(state)s WHEN 'announced' THEN now() ELSE announced_at END,
    began_at = CASE %(state)s WHEN 'running' THEN now() ELSE began_at END,
    ended_at = CASE WHEN %(state)s IN ('done', 'cancelled') THEN now() ELSE ended_at END
WHERE id = %(id)s;
