SELECT id, kind, edition, retired_at, valid_from, valid_until, rules FROM patrol_plan WHERE id = %(id)s FOR UPDATE;
