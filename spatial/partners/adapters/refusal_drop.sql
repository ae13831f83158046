UPDATE adapter_refusal SET state = 'dropped', done_at = now(), why = %(why)s
WHERE adapter_id = %(adapter)s AND state = 'waiting' AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s::bigint[]));
