UPDATE export SET state = 'done', rows = %(rows)s, bytes = %(bytes)s, rights = %(rights)s, ended_at = now(),
                  expires_at = now() + %(hours)s * interval '1 hour'
WHERE id = %(id)s AND state = 'running';
