-- Somebody must confirm something first.
UPDATE network_import SET state = 'proposed', stage = '', tries = 0, proposals = %(proposals)s, form = %(form)s
WHERE id = %(id)s AND state = 'running';
