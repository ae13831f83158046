-- The channels of which there are to be conditions of a rule, and those of which there are.
WITH wanted AS (
    SELECT d.id FROM alarm_rule AS r
    JOIN datastream AS d ON d.id = ANY (r.datastream_ids) AND d.organisation_id IS NOT DISTINCT FROM r.organisation_id
    WHERE r.id = %(rule)s AND r.enabled
    UNION
    SELECT d.id FROM alarm_rule AS r
    JOIN observed_property AS p ON r.observed_property IN (p.name, p.definition)
    JOIN datastream AS d ON d.observed_property_id = p.id AND d.organisation_id IS NOT DISTINCT FROM r.organisation_id
    WHERE r.id = %(rule)s AND r.enabled AND (r.network_id IS NULL OR d.network_id = r.network_id)
)
SELECT w.id AS wanted, s.id AS state
FROM wanted AS w FULL JOIN (SELECT id, datastream_id FROM alarm_state WHERE rule_id = %(rule)s) AS s
    ON s.datastream_id = w.id
WHERE w.id IS NULL OR s.id IS NULL
ORDER BY w.id, s.id;
