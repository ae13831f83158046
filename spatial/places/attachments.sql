SELECT id, inspection_id, digest, name, kind, media_type, bytes, username, at
FROM place_attachment
WHERE place_id = %(place_id)s
ORDER BY id DESC;
