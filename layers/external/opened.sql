-- How the pictures of a layer are asked for, for the platform itself.
SELECT id, layer, name, account_id, username, context, protocol, mode, url, remote, options, every_minutes, secret_kind,
       secret_cipher, plan, digest, state, tries, true AS may
FROM external_source
WHERE layer = %(layer)s;
