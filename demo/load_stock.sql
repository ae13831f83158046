INSERT INTO stock_movement (resource_id, item, delta, reason)
SELECT r.id, s.good ->> 0, (s.good ->> 1)::numeric, '演示数据入库'
FROM unnest(%(ids)s::bigint[], %(stocks)s::jsonb[]) AS r (id, stock)
CROSS JOIN LATERAL jsonb_array_elements(r.stock -> 'goods') AS s (good);
