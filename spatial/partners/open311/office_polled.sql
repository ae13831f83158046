UPDATE office SET next_poll_at = now() + make_interval(mins => poll_minutes) WHERE id = %(id)s;
