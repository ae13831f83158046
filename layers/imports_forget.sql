DELETE FROM import WHERE ended_at < now() - make_interval(days => %(days)s);
