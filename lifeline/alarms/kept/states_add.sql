INSERT INTO alarm_state (rule_id, rule_edition, datastream_id, state, wake_at, began_at)
SELECT %(rule)s, %(edition)s, d.id, %(state)s, %(wake_at)s, %(began_at)s
FROM datastream AS d WHERE d.id = ANY (%(datastreams)s::bigint[]) ORDER BY d.id
ON CONFLICT DO NOTHING;
