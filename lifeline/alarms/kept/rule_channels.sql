SELECT d.id FROM alarm_rule AS r
JOIN datastream AS d ON d.id = ANY (r.datastream_ids) AND d.organisation_id IS NOT DISTINCT FROM r.organisation_id
WHERE r.id = %(rule)s
UNION
SELECT d.id FROM alarm_rule AS r
JOIN observed_property AS p ON r.observed_property IN (p.name, p.definition)
JOIN datastream AS d ON d.observed_property_id = p.id AND d.organisation_id IS NOT DISTINCT FROM r.organisation_id
WHERE r.id = %(rule)s AND (r.network_id IS NULL OR d.network_id = r.network_id)
ORDER BY 1;
