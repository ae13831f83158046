SELECT seq, verb, duty_id, edition, line
FROM duty_draft_change
WHERE draft_id = %(draft)s
ORDER BY seq;
