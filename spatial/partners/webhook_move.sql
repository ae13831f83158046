UPDATE webhook_pace SET life = %(life)s, txid = %(txid)s::xid8, topic = %(topic)s, row_id = %(row)s
WHERE webhook_id = %(id)s;
