UPDATE inspection SET state = 'cancelled', note = %(note)s, username = %(username)s, account_id = my_account()
WHERE id = %(id)s AND state = 'open';
