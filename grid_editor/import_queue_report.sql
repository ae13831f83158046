SELECT report FROM plan_import WHERE plan_id = %(plan_id)s AND id = %(id)s;
