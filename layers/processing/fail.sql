UPDATE process_job SET
    state = 'failed', message = %(message)s, problem = %(problem)s, updated_at = now(), ended_at = now(),
    expires_at = now() + interval '1 day'
WHERE number = %(number)s AND state = 'running';
