-- Always in the order of the key: whoever holds several waits for others, and never both ways.
SELECT s.id, s.state, s.rule_edition, s.refused, s.datastream_id, r.id AS rule_id, r.edition, r.name, r.legal_basis,
       r.rule, r.transport_s, r.organisation_id, r.changed_by, d.thing_id, d.network_id, d.feature_code
FROM alarm_state AS s
JOIN alarm_rule AS r ON r.id = s.rule_id
JOIN datastream AS d ON d.id = s.datastream_id
WHERE s.id = ANY (%(states)s::bigint[]) AND r.enabled
ORDER BY s.id
FOR NO KEY UPDATE OF s;
