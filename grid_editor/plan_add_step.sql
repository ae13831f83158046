INSERT INTO plan_step (plan_id, seq, base_version, operation, title, change, account_id, username)
VALUES (%(id)s, %(seq)s, %(base_version)s, %(operation)s, %(title)s, %(change)s, %(account_id)s, %(username)s);
