SELECT id, plan_id, edition, starts_at, ends_at, rules, closed_at FROM patrol_due WHERE id = %(id)s FOR UPDATE;
