SELECT r.id, r.organisation_id, o.code AS organisation, r.name, r.enabled, r.legal_basis, r.rule,
       r.datastream_ids AS datastreams, r.observed_property, n.name AS network, r.transport_s, r.edition,
       NOT r.must_match AS is_applied, r.created_at, r.created_by, r.changed_at, r.changed_by
FROM alarm_rule AS r
LEFT JOIN organisation AS o ON o.id = r.organisation_id
LEFT JOIN network AS n ON n.id = r.network_id
WHERE (%(id)s::bigint IS NULL OR r.id = %(id)s) AND (%(after)s::bigint IS NULL OR r.id > %(after)s)
ORDER BY r.id LIMIT %(limit)s;
