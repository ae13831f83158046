UPDATE shut_off_valve SET state = %(state)s, at = now(), username = %(username)s
WHERE shut_off_id = %(id)s AND code = ANY (%(codes)s::text[]);
