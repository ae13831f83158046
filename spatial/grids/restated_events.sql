-- An event that does not say which version ruled was ruled by the one in force when it happened.
SELECT ST_X(e.geom), ST_Y(e.geom), e.unit_code,
       coalesce(e.version_id, (
           SELECT v.id FROM coverage_version AS v
           WHERE v.coverage = 'grids' AND v.valid_from <= e.occurred_at
           ORDER BY v.valid_from DESC, v.id DESC
           LIMIT 1
       ))
FROM event AS e
WHERE (%(since)s::timestamptz IS NULL OR e.occurred_at >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR e.occurred_at < %(until)s::timestamptz);
