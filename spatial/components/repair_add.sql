-- Of events, those that the reader may see.
INSERT INTO component_repair (component_id, repaired_at, what, by_whom, cost_yuan, event_id)
VALUES (
    %(component)s, %(repaired_at)s, %(what)s, %(by_whom)s, %(cost_yuan)s,
    CASE WHEN %(event_id)s::bigint IS NOT NULL
         THEN coalesce((SELECT e.id FROM event AS e WHERE e.id = %(event_id)s::bigint), 0) END
) RETURNING id;
