SELECT DISTINCT d.id
FROM patrol_due AS d
JOIN patrol_target AS t ON t.plan_id = d.plan_id AND t.since_edition <= d.edition
     AND (t.until_edition IS NULL OR t.until_edition > d.edition)
WHERE %(mover_id)s = ANY (d.movers) AND %(at)s BETWEEN d.starts_at AND d.ends_at
      AND (t.place_id = %(place_id)s OR t.component_id = %(component_id)s)
ORDER BY d.id;
