SELECT target_id, mover_id, content FROM patrol_part WHERE due_id = %(id)s ORDER BY target_id, mover_id, day;
