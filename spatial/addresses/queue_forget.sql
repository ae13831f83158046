DELETE FROM address_job WHERE ended_at < now() - make_interval(days => %(days)s);
