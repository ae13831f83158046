INSERT INTO webhook_pace (webhook_id, life, txid, topic, row_id)
VALUES (%(id)s, %(life)s, %(txid)s::xid8, %(topic)s, %(row)s);
