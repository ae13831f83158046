SELECT recipient_id, worker_id, sealed FROM message_ciphers(%(ids)s::bigint[]);
