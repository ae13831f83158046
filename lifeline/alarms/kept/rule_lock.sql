SELECT id, edition, organisation_id FROM alarm_rule WHERE id = %(id)s FOR NO KEY UPDATE;
