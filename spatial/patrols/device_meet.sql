-- Of two who meet it at once, one makes it.
WITH made AS (
    INSERT INTO device (protocol, identity, account_id, state)
    VALUES (%(protocol)s, %(identity)s, %(account_id)s, 'active')
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO device_carrier (device_id, mover_id, since) SELECT id, %(mover)s, %(since)s FROM made;
