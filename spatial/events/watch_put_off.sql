UPDATE event_watch SET next_at = now() + %(again)s WHERE event_id = ANY (%(ids)s::bigint[]);
