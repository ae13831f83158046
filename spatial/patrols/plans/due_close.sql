UPDATE patrol_due SET closed_at = %(closed_at)s, try_at = NULL WHERE id = %(id)s AND closed_at IS NULL;
