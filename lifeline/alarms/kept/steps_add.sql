INSERT INTO alarm_transition (alarm_id, at, event, before, after, level, value, username, reason)
SELECT alarm_id, at, event, before, after, level, value, username, reason
FROM jsonb_populate_recordset(NULL::alarm_transition, %(rows)s);
