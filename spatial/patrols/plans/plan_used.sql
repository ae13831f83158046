SELECT EXISTS (SELECT FROM patrol_due WHERE plan_id = %(id)s AND starts_at <= now());
