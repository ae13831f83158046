-- Touches no row when the import was cancelled: whoever does it learns it from that.
UPDATE network_import SET stage = %(stage)s, progress = %(progress)s WHERE id = %(id)s AND state = 'running';
