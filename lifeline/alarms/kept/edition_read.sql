SELECT name, legal_basis, rule FROM alarm_rule_edition WHERE rule_id = %(rule)s AND edition = %(edition)s;
