-- A row when the account has had its share of the hour: how long until the oldest of them is an hour old.
SELECT ceil(extract(epoch FROM at + interval '1 hour' - now()))
FROM clear_read
WHERE account_id = my_account() AND at > now() - interval '1 hour'
ORDER BY at DESC
OFFSET %(per_hour)s - 1 LIMIT 1;
