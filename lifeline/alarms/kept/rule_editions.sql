SELECT edition, name, legal_basis, rule, at, username FROM alarm_rule_edition WHERE rule_id = %(id)s
ORDER BY edition DESC LIMIT 100;
