INSERT INTO alarm (organisation_id, state_id, occurrence, rule_id, rule_edition, rule_name, legal_basis, is_technical,
                   datastream_id, thing_id, network_id, feature_code, state, level, highest_level, value, reason,
                   raised_at, acknowledged_at, acknowledged_by, returned_at, shelved_until, closed_at)
SELECT organisation_id, state_id, occurrence, rule_id, rule_edition, rule_name, legal_basis, is_technical,
       datastream_id, thing_id, network_id, feature_code, state, level, highest_level, value, reason,
       raised_at, acknowledged_at, acknowledged_by, returned_at, shelved_until, closed_at
FROM jsonb_populate_recordset(NULL::alarm, %(rows)s)
RETURNING id, state_id, occurrence;
