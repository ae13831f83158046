DELETE FROM layer_change WHERE at < now() - make_interval(hours => %(hours)s);
