-- As far as the reader sees them.
SELECT id FROM mover WHERE id = %(mover)s;
