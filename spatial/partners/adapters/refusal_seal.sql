UPDATE adapter_refusal AS r SET message_cipher = given.cipher
FROM unnest(%(ids)s::bigint[], %(ciphers)s::bytea[]) AS given (id, cipher)
WHERE r.id = given.id;
