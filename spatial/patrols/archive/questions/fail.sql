UPDATE archive_question SET state = 'failed', problem = %(problem)s, ended_at = now()
WHERE id = %(id)s AND state = 'running';
