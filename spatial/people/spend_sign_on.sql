-- What ended an hour ago is forgotten on the way: its cookie is refused by its age, whichever clock is ahead.
WITH forgotten AS (
    DELETE FROM spent_sign_on WHERE expires_at < now() - interval '1 hour'
)

INSERT INTO spent_sign_on (digest, expires_at) VALUES (%(digest)s, %(expires_at)s)
ON CONFLICT DO NOTHING;
