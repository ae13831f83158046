INSERT INTO place_attachment (place_id, inspection_id, digest, name, kind, media_type, bytes, account_id, username)
VALUES (%(place_id)s, %(inspection_id)s, %(digest)s, %(name)s, %(kind)s, %(media_type)s, %(bytes)s, my_account(),
        %(username)s)
RETURNING id;
