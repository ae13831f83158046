UPDATE export SET state = 'failed', error = %(error)s, ended_at = now(),
                  expires_at = now() + %(hours)s * interval '1 hour'
WHERE id = %(id)s;
