SELECT a.id, a.username, a.disabled
FROM external_identity AS e
JOIN account AS a ON a.id = e.account_id
WHERE e.issuer = %(issuer)s AND e.subject = %(subject)s;
