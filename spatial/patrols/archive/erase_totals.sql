-- In a statement of its own, after that: what was made meanwhile is seen.
WITH totals AS (
    DELETE FROM heat_total AS t USING heat_summed AS s
    WHERE s.made_at IS NULL AND t.days = s.days AND t.first_day = s.first_day
)
-- Notes of changes to those days have what was taken away; no sum that is read needs them.
DELETE FROM heat_late WHERE day = ANY (%(days)s::date[]);
