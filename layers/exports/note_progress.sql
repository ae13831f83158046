-- Touches no row when the export was cancelled: whoever writes it learns it from that.
UPDATE export SET rows = %(rows)s, bytes = %(bytes)s, expected = coalesce(%(expected)s, expected)
WHERE id = %(id)s AND state = 'running';
