INSERT INTO plan_waiver (plan_id, issue_id, rule, reason, account_id, username)
VALUES (%(id)s, %(issue_id)s, %(rule)s, %(reason)s, %(account_id)s, %(username)s)
ON CONFLICT (plan_id, issue_id)
DO UPDATE SET reason = excluded.reason, account_id = excluded.account_id, username = excluded.username, at = now();
