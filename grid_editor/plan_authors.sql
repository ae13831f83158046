SELECT DISTINCT account_id FROM plan_step WHERE plan_id = %(id)s AND account_id IS NOT NULL;
