-- How many devices that came with an account's keys nobody has taken up.
SELECT count(*) FROM device WHERE account_id = %(account)s AND state = 'waiting';
