INSERT INTO alarm_rule (organisation_id, name, enabled, legal_basis, rule, datastream_ids, observed_property, network_id,
                        transport_s, created_by, changed_by)
VALUES (%(organisation)s, %(name)s, %(enabled)s, %(legal_basis)s, %(rule)s, %(datastreams)s, %(observed_property)s,
        %(network)s, %(transport_s)s, %(username)s, %(username)s)
RETURNING id, edition;
