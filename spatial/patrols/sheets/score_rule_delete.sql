DELETE FROM score_rule WHERE name = %(name)s;
