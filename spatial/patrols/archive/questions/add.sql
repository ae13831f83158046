INSERT INTO archive_question (account_id, asked) VALUES (%(account)s, %(asked)s) RETURNING id;
