-- Figures without those of the rows of on_duty_cut.sql.
-- How many were to be on duty, came, or were out without a shift: by day and organisation or unit.
SELECT s.day, {key} AS key, count(*) FILTER (WHERE s.shifts IS NOT NULL)::int AS planned,
       count(*) FILTER (
           WHERE s.shifts IS NOT NULL AND CASE s.duty_by WHEN 'shift' THEN s.first_seen ELSE s.signed_in_at END IS NOT NULL
       )::int AS came,
       count(*) FILTER (WHERE s.shifts IS NULL)::int AS unplanned, coalesce(sum(s.distance_m) FILTER (WHERE s.spans_from IS NULL), 0) AS distance_m,
       coalesce(sum(s.moving_s + s.standing_s) FILTER (WHERE s.spans_from IS NULL), 0)::float8 AS seen_s
FROM ({sheet}) AS s
GROUP BY s.day, {key}
ORDER BY s.day, {key}
LIMIT %(limit)s;
