-- Nothing is received before it is said, whatever the clocks of two machines say.
INSERT INTO sign (mover_id, kind, at, received_at, way, reason, lon, lat, accuracy_m, account_id, username, client_id)
VALUES (%(mover)s, %(kind)s, %(at)s, greatest(%(at)s::timestamptz, now()), %(way)s, %(reason)s, %(lon)s, %(lat)s,
        %(accuracy_m)s, %(account_id)s, %(username)s, %(client_id)s)
RETURNING id;
