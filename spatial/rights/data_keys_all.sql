SELECT id, purpose, wrapped FROM data_key ORDER BY id FOR UPDATE;
