SELECT observation_month(month) FROM unnest(%(months)s::date[]) AS month;
