SELECT at, network, good FROM login_attempt
WHERE name_digest = %(name_digest)s AND at > %(since)s AND NOT cleared AND good IS NOT TRUE;
