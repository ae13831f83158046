DELETE FROM plan_waiver WHERE plan_id = %(id)s AND issue_id = %(issue_id)s;
