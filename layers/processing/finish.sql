UPDATE process_job SET
    state = 'successful', progress = 100, message = '', media_type = %(media_type)s, result = %(result)s,
    rights = %(rights)s, updated_at = now(), ended_at = now(), expires_at = now() + interval '1 day'
WHERE number = %(number)s AND state = 'running';
