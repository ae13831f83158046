SELECT seq, base_version, operation, title, change FROM plan_step WHERE plan_id = %(id)s AND seq = %(seq)s;
