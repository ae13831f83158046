DELETE FROM patrol_member WHERE plan_id = %(plan_id)s RETURNING mover_id, organisation_id, unit_code, since;
