SELECT id, at, account_id, username, role, database_user, address, request, action, relation, row_key,
       unit_code, before, after, reason, encode(hash, 'hex') AS hash
FROM audit
WHERE {where}
ORDER BY at DESC, id DESC
LIMIT %(limit)s;
