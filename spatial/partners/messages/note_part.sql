INSERT INTO message_part (recipient_id, nr, gateway_id) VALUES (%(recipient)s, %(nr)s, %(gateway_id)s)
ON CONFLICT (recipient_id, nr) DO NOTHING;
