-- Files of one account that are not done with.
SELECT count(*) FROM address_job WHERE account_id = %(account_id)s AND state IN ('waiting', 'running');
