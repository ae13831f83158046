DELETE FROM patrol_missed WHERE due_id = %(due_id)s;
