DELETE FROM alarm_rule WHERE id = %(id)s;
