UPDATE cry
SET state = 'closed', closed_at = now(), closed_by = %(username)s, word = %(word)s, remark = %(note)s,
    waiting_since = NULL, edition = edition + 1
WHERE id = %(id)s;
