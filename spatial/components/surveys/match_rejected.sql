-- A row that was rejected is still of a component, which is then not missing: whose code it has or had, and that no
-- other row is of. within_m: how far it may have moved; NULL: wherever it stands, even if another row is of it.
UPDATE surveyed AS s SET component_id = c.id
FROM (
    SELECT t.code, t.id, t.geom FROM component AS t
    UNION ALL SELECT a.code, t.id, t.geom FROM component_alias AS a JOIN component AS t ON t.id = a.component_id
) AS c
WHERE c.code = s.code AND s.verdict = 'rejected' AND s.component_id IS NULL
  AND (%(within_m)s::float8 IS NULL
       OR ((s.lon IS NULL OR ST_DistanceSphere(c.geom, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326)) <= %(within_m)s::float8)
           AND NOT EXISTS (SELECT FROM surveyed AS o WHERE o.component_id = c.id)));
