SELECT issue_id, rule, reason, username, at FROM plan_waiver WHERE plan_id = %(id)s ORDER BY at, issue_id;
