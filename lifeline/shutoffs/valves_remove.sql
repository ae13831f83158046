-- Off the border, and untouched: what was turned or found stuck stays on record.
DELETE FROM shut_off_valve
WHERE shut_off_id = %(id)s AND state IN ('waiting', 'held') AND NOT code = ANY (%(codes)s::text[]);
