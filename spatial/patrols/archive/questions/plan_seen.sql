SELECT id FROM patrol_plan WHERE id = %(plan)s;
