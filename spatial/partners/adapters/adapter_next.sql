SELECT extract(epoch FROM min(p.next_at) - now())::float8
FROM adapter_pace AS p
JOIN adapter AS a ON a.id = p.adapter_id
WHERE a.kind = 'open311' AND a.state = 'active';
