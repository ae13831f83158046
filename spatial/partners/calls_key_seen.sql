-- A key that has gone is known by its calls.
SELECT EXISTS (SELECT FROM token WHERE id = %(key)s) OR EXISTS (SELECT FROM call_count WHERE key_id = %(key)s);
