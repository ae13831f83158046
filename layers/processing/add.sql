INSERT INTO process_job (account_id, process, asked)
VALUES (%(account_id)s, %(process)s, %(asked)s)
RETURNING number;
