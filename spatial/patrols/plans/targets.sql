SELECT t.id, t.seq, t.name, ST_AsBinary(t.geom) AS geom, t.radius_m, t.dwell_s, t.buffer_m, t.directed, t.cell_m,
       t.revisit_s, t.weight, t.place_id, t.component_id
FROM patrol_target AS t
WHERE t.plan_id = %(plan_id)s AND t.since_edition <= %(edition)s
      AND (t.until_edition IS NULL OR t.until_edition > %(edition)s)
ORDER BY t.seq;
