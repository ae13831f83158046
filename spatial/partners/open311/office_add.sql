INSERT INTO office (name, organisation_id, account_id, url, options, poll_minutes)
VALUES (%(name)s, %(organisation_id)s, %(account_id)s, %(url)s, %(options)s, %(poll_minutes)s)
RETURNING id;
