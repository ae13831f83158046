DELETE FROM patrol_part
WHERE due_id = %(due_id)s AND target_id = %(target_id)s AND mover_id = %(mover)s AND day = %(day)s;
