-- The account, the moment and the transaction are filled in by the trigger, whatever is written here.
INSERT INTO clear_read (account_id, action, relation, field, row_key, reason, at, xid)
VALUES (my_account(), %(action)s, %(relation)s, %(field)s, %(key)s, %(reason)s, now(), 0)
RETURNING id;
