UPDATE webhook_pace SET failures = failures + %(counts)s::int,
                        failing_since = CASE WHEN %(counts)s THEN coalesce(failing_since, now())
                                             ELSE failing_since END,
                        rest_until = CASE WHEN %(rest_s)s > 0 THEN now() + make_interval(secs => %(rest_s)s)
                                          ELSE rest_until END,
                        last_at = now(), last_status = %(status)s, last_error = %(error)s
WHERE webhook_id = %(webhook)s
RETURNING failures, coalesce(failing_since, now()) < now() - make_interval(secs => %(give_up_s)s);
