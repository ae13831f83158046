-- Add up the rows of one hour, grid, class and state, of the last hours alone: rows only come in the present one. What
-- has become nothing goes.
WITH several AS (
    SELECT unit_code, organisation_id, class_code, state, hour
    FROM component_count
    WHERE hour >= date_trunc('hour', now(), 'UTC') - make_interval(hours => %(hours)s)
    GROUP BY 1, 2, 3, 4, 5
    HAVING count(*) > 1 OR sum(components) = 0
), gone AS (
    DELETE FROM component_count AS c
    USING several AS s
    WHERE (c.class_code, c.state, c.hour) = (s.class_code, s.state, s.hour)
      AND c.hour >= date_trunc('hour', now(), 'UTC') - make_interval(hours => %(hours)s)
      AND coalesce(c.unit_code, '') = coalesce(s.unit_code, '')
      AND coalesce(c.organisation_id, 0) = coalesce(s.organisation_id, 0)
    RETURNING c.*
), added AS (
    INSERT INTO component_count (unit_code, organisation_id, class_code, state, hour, components)
    SELECT unit_code, organisation_id, class_code, state, hour, sum(components)
    FROM gone
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(components) <> 0
)
SELECT count(*) FROM gone;
