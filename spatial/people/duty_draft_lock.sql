SELECT id FROM duty_draft WHERE id = %(draft)s AND applied_at IS NULL FOR UPDATE;
