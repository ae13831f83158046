SELECT count(*) FROM track_dirty WHERE day NOT BETWEEN %(first)s::date AND %(last)s::date;
