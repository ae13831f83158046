INSERT INTO duty_draft (name, title, unit_code, account_id, username)
VALUES (%(name)s, %(title)s, %(unit_code)s, %(account)s, %(username)s);
