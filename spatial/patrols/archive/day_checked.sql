UPDATE archive_day SET verified_at = now(), problem = %(problem)s WHERE day = %(day)s AND generation = %(generation)s;
