SELECT id, repaired_at, what, by_whom, cost_yuan::float8 AS cost_yuan, event_id, recorded_at
FROM component_repair
WHERE component_id = %(component)s
ORDER BY repaired_at DESC, id DESC
LIMIT 1000;
