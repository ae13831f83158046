-- How many devices send with an account's keys.
SELECT count(*) FROM device WHERE account_id = %(account)s;
