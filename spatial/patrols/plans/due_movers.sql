SELECT unnest(movers) FROM patrol_due WHERE id = %(id)s;
