-- How often and when days were graded last, and how many of their movers are to be graded anew.
SELECT count(*), max(graded_at), (SELECT count(*) FROM track_dirty WHERE day = ANY (%(days)s::date[]))
FROM track_day
WHERE day = ANY (%(days)s::date[]);
