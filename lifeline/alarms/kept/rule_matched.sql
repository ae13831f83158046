UPDATE alarm_rule SET must_match = false WHERE id = %(rule)s AND edition = %(edition)s AND must_match;
