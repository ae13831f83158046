-- A row when the account has no room left: how long until it has, as rounds of the hour grow old.
SELECT ceil(extract(epoch FROM at + interval '1 hour' - now()))
FROM (
    SELECT at, sum(cost) OVER (ORDER BY at DESC, id DESC) AS since
    FROM message_round
    WHERE account_id = %(account)s AND at > now() - interval '1 hour'
) AS added
WHERE since > %(room)s
ORDER BY at DESC
LIMIT 1;
