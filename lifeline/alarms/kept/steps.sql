SELECT at, noted_at, event, before, after, level, value, username, reason FROM alarm_transition
WHERE alarm_id = %(id)s ORDER BY id DESC LIMIT 1000;
