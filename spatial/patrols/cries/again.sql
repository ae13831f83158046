UPDATE cry SET times = times + %(times)s, last_at = greatest(last_at, %(last_at)s) WHERE id = %(id)s;
