-- Open again, as if it came now: nobody has taken it. What was reached of the levels stays.
UPDATE cry
SET state = 'open', acknowledged_at = NULL, acknowledged_by = NULL, closed_at = NULL, closed_by = NULL, word = NULL,
    remark = '', waiting_since = CASE WHEN level < %(most)s THEN now() END, edition = edition + 1
WHERE id = %(id)s;
