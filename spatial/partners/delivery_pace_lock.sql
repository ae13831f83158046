-- Who adds messages and who settles them wait for each other: a message must not miss that it is the first.
SELECT life, txid::text, topic, row_id FROM webhook_pace WHERE webhook_id = %(webhook)s FOR UPDATE;
