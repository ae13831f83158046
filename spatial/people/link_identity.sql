-- The first time, by the user name. Whoever comes second, with another subject of the provider or for another
-- account, changes nothing, also when both come at once: an account is linked to one person of a provider.
INSERT INTO external_identity (issuer, subject, account_id)
SELECT %(issuer)s, %(subject)s, id
FROM account
WHERE username = %(username)s AND NOT disabled
ON CONFLICT DO NOTHING;
