DELETE FROM alarm_state WHERE id = ANY (%(states)s::bigint[]);
