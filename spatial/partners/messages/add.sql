INSERT INTO message (account_id, username, client_id, event_id, text, alphabet, parts, valid_for,
                     expires_at)
VALUES (%(account)s, %(username)s, %(client_id)s, %(event)s, %(text)s, %(alphabet)s, %(parts)s,
        %(valid)s, now() + %(valid)s)
RETURNING id;
