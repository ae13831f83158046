UPDATE archive_question SET state = 'done', result = %(result)s, rights = %(rights)s, ended_at = now()
WHERE id = %(id)s AND state = 'running';
