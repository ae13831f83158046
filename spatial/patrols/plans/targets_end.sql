UPDATE patrol_target SET until_edition = %(edition)s WHERE plan_id = %(plan_id)s AND until_edition IS NULL;
