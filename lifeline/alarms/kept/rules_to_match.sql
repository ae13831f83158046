SELECT id, edition, organisation_id, name, legal_basis, rule, transport_s, enabled
FROM alarm_rule WHERE must_match OR (%(all)s AND enabled) ORDER BY id;
