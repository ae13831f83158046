SELECT change FROM plan_net WHERE plan_id = %(id)s;
