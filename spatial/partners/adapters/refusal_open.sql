-- Messages that wait, or those that are named; for the platform.
SELECT id, message_cipher FROM adapter_refusal
WHERE adapter_id = %(adapter)s AND message_cipher IS NOT NULL
  AND (%(ids)s::bigint[] IS NULL AND state = 'waiting' OR id = ANY (%(ids)s::bigint[]) AND state <> 'taken')
ORDER BY id
LIMIT %(limit)s
FOR UPDATE;
