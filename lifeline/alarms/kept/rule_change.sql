UPDATE alarm_rule
SET name = %(name)s, enabled = %(enabled)s, legal_basis = %(legal_basis)s, rule = %(rule)s,
    datastream_ids = %(datastreams)s, observed_property = %(observed_property)s, network_id = %(network)s,
    transport_s = %(transport_s)s, changed_by = %(username)s, changed_at = now(), edition = edition + 1,
    must_match = true
WHERE id = %(id)s
RETURNING id, edition;
