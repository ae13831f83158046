-- Of two who meet it at once, one makes it.
INSERT INTO device (protocol, identity, account_id) VALUES (%(protocol)s, %(identity)s, %(account_id)s)
ON CONFLICT DO NOTHING;
