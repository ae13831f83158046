INSERT INTO external_source (
    name, account_id, username, context, protocol, mode, url, remote, options, every_minutes
)
VALUES (
    %(name)s, %(account_id)s, %(username)s, %(context)s, %(protocol)s, %(mode)s, %(url)s, %(remote)s, %(options)s,
    %(every_minutes)s
)
RETURNING id;
