UPDATE network_import SET state = %(state)s, stage = '', problems = %(problems)s, file = NULL, ended_at = now()
WHERE id = %(id)s AND state = 'running';
