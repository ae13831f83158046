INSERT INTO export (account_id, layer, format, asked, record)
VALUES (%(account_id)s, %(layer)s, %(format)s, %(asked)s, %(record)s)
RETURNING id;
