INSERT INTO login_attempt (name_digest, network, address)
VALUES (%(name_digest)s, %(network)s, %(address)s)
RETURNING id;
