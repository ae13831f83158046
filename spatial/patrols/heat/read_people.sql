JOIN mover AS m ON m.id = h.mover_id
LEFT JOIN worker AS k ON k.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
