DELETE FROM plan_step WHERE plan_id = %(id)s AND seq > %(head)s;
