-- Note since when weeks wait for nothing but days that the grader is at. A day that has waited for more than an hour
-- was not tried at all: the grader rests, or is behind, and the week waits for it however long that takes.
UPDATE heat_block AS b
SET held_at = h.held_at
FROM (
    SELECT w.days, w.first_day,
           CASE WHEN min(d.since) >= now() - interval '1 hour' THEN coalesce(w.held_at, now()) END AS held_at
    FROM heat_block AS w
    LEFT JOIN track_dirty AS d ON d.day >= w.first_day AND d.day < w.first_day + w.days
    WHERE w.days = %(days)s AND w.shown_at IS NULL AND w.first_day <= %(last)s
    GROUP BY w.days, w.first_day
) AS h
WHERE b.days = h.days AND b.first_day = h.first_day AND b.held_at IS DISTINCT FROM h.held_at;
