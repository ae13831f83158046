INSERT INTO plan_import (plan_id, account_id, username, filename, file, bytes, options)
VALUES (%(plan_id)s, %(account_id)s, %(username)s, %(filename)s, %(file)s, %(bytes)s, %(options)s)
RETURNING id;
