-- Days that no calendar of ours holds cannot even be read; those that could not be graded wait until `since`.
SELECT mover_id, day
FROM track_dirty
WHERE day BETWEEN %(first)s::date AND %(last)s::date AND since <= now()
ORDER BY since, mover_id, day
LIMIT %(most)s;
