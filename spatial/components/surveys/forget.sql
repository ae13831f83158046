DELETE FROM component_survey WHERE ended_at < now() - make_interval(days => %(days)s);
