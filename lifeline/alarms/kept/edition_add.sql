INSERT INTO alarm_rule_edition (rule_id, edition, name, legal_basis, rule, username)
VALUES (%(id)s, %(edition)s, %(name)s, %(legal_basis)s, %(rule)s, %(username)s);
