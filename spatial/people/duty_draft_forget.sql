DELETE FROM duty_draft WHERE id = %(draft)s;
