DELETE FROM alarm_feed WHERE id = ANY (%(ids)s::bigint[]);
