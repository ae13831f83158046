UPDATE handover
SET error = '', status = %(status)s, status_notes = %(notes)s, updated_at = %(updated)s
WHERE id = %(id)s;
