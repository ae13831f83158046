-- Local days that were graded: each is found from the one before, without reading the rows of all movers.
WITH RECURSIVE there AS (
    (SELECT min(day) AS day FROM track_day)
    UNION ALL
    SELECT (SELECT min(t.day) FROM track_day AS t WHERE t.day > there.day) FROM there WHERE there.day IS NOT NULL
)
SELECT day FROM there WHERE day IS NOT NULL;
