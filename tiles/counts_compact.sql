-- Add up the rows of each cell into one; cells that became empty go.
WITH several AS (
    SELECT source, level, x, y, unit_code, organisation_id, is_open
    FROM layer_count
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    HAVING count(*) > 1 OR sum(points) = 0
), gone AS (
    DELETE FROM layer_count AS c
    USING several AS s
    WHERE (c.source, c.level, c.x, c.y, c.is_open) = (s.source, s.level, s.x, s.y, s.is_open)
      AND c.unit_code IS NOT DISTINCT FROM s.unit_code
      AND c.organisation_id IS NOT DISTINCT FROM s.organisation_id
    RETURNING c.*
), added AS (
    INSERT INTO layer_count (source, level, x, y, unit_code, organisation_id, is_open, points, lon, lat)
    SELECT source, level, x, y, unit_code, organisation_id, is_open, sum(points), sum(lon), sum(lat)
    FROM gone
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    HAVING sum(points) <> 0
)
SELECT count(*) FROM gone;
