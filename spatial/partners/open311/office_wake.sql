UPDATE office SET rest_until = '-infinity', next_poll_at = now() WHERE id = %(id)s;
