UPDATE event_link SET status = %(status)s, decided_by = my_account(), at = now()
WHERE event_id = %(event)s AND other_id = %(other)s;
