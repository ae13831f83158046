WITH old AS (
    SELECT id FROM webhook_delivery
    WHERE done_at < now() - CASE WHEN state = 'dead' THEN interval '180 days' ELSE interval '30 days' END
    ORDER BY done_at
    LIMIT 10000
)

DELETE FROM webhook_delivery AS d USING old WHERE d.id = old.id;
