UPDATE office
SET url = %(url)s, options = %(options)s, poll_minutes = %(poll_minutes)s, state = %(state)s, why = %(why)s,
    account_id = %(account_id)s
WHERE id = %(id)s;
