UPDATE cry
SET state = 'acknowledged', acknowledged_at = now(), acknowledged_by = %(username)s, waiting_since = NULL,
    edition = edition + 1
WHERE id = %(id)s;
