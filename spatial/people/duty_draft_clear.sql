DELETE FROM duty_draft_change WHERE draft_id = %(draft)s;
