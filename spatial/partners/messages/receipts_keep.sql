INSERT INTO message_receipt (gateway_id, state, reason)
SELECT * FROM unnest(%(ids)s::text[], %(states)s::text[], %(reasons)s::text[]);
