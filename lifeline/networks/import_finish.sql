UPDATE network_import
SET state = 'done', stage = '', progress = 1, network_id = %(network)s, report = %(report)s, proposals = %(proposals)s,
    form = %(form)s, file = NULL, ended_at = now()
WHERE id = %(id)s AND state = 'running';
