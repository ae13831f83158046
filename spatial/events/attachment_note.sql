-- Noted again is as good as new: the tidying of orphans waits for its day anew.
INSERT INTO attachment (digest, bytes, media_type) VALUES (%(digest)s, %(bytes)s, %(media_type)s)
ON CONFLICT (digest) DO UPDATE SET created_at = now();
