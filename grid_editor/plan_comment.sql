INSERT INTO plan_comment (plan_id, kind, text, lon, lat, unit_id, account_id, username)
VALUES (%(id)s, %(kind)s, %(text)s, %(lon)s, %(lat)s, %(unit_id)s, %(account_id)s, %(username)s)
RETURNING id, at;
