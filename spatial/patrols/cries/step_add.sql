INSERT INTO cry_step (cry_id, what, word, note, account_id, username)
VALUES (%(id)s, %(what)s, %(word)s, %(note)s, %(account)s, %(username)s);
