-- Local days on which a mover may have fixes, in order: those that were graded, and those that wait for it.
SELECT day FROM track_day
WHERE mover_id = %(mover)s AND fixes > 0
  AND (%(first)s::date IS NULL OR day >= %(first)s) AND (%(last)s::date IS NULL OR day <= %(last)s)
UNION
SELECT day FROM track_dirty
WHERE mover_id = %(mover)s
  AND (%(first)s::date IS NULL OR day >= %(first)s) AND (%(last)s::date IS NULL OR day <= %(last)s)
ORDER BY day;
