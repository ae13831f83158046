INSERT INTO dispute (event_id, raised_by, reason, account_id, username)
SELECT id, 'hand', %(reason)s, %(account)s, %(username)s FROM event WHERE id = %(event)s
RETURNING id;
