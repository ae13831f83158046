DELETE FROM patrol_plan WHERE id = %(id)s;
