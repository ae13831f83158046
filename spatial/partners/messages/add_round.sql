INSERT INTO message_round (message_id, account_id, cost) VALUES (%(message)s, %(account)s, %(cost)s);
