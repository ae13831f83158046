-- Once a minute and key, whichever process it came through.
INSERT INTO token_use (token_id, last_used_at, address, agent)
SELECT t.id, now(), %(address)s, %(agent)s
FROM token AS t
WHERE t.id = %(token_id)s
      AND NOT EXISTS (
          SELECT FROM token_use AS u WHERE u.token_id = t.id AND u.last_used_at > now() - interval '1 minute'
      )
ON CONFLICT (token_id) DO UPDATE SET
    last_used_at = EXCLUDED.last_used_at, address = EXCLUDED.address, agent = EXCLUDED.agent;
