INSERT INTO address_job (account_id, kind, filename, options, file)
VALUES (%(account_id)s, %(kind)s, %(filename)s, %(options)s, %(file)s)
RETURNING id;
