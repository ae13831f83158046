-- An input is of the channel that the condition is of (null), or of one that the rule names.
INSERT INTO alarm_sensor (state_id, datastream_id)
SELECT DISTINCT s.id, d.id
FROM alarm_state AS s
CROSS JOIN unnest(%(sensors)s::bigint[]) AS g (datastream)
JOIN datastream AS d ON d.id = coalesce(g.datastream, s.datastream_id)
WHERE s.rule_id = %(rule)s AND NOT EXISTS (SELECT FROM alarm_sensor AS x WHERE x.state_id = s.id);
