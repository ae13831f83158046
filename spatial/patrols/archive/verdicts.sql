-- What was said of the fixes of local days, and whether it is to be said anew.
SELECT coalesce(t.mover_id, d.mover_id), coalesce(t.day, d.day), t.verdicts, d.mover_id IS NOT NULL
FROM (SELECT mover_id, day, verdicts FROM track_day
      WHERE day = ANY (%(days)s::date[]) AND mover_id BETWEEN %(first)s AND %(last)s) AS t
FULL JOIN (SELECT mover_id, day FROM track_dirty
           WHERE day = ANY (%(days)s::date[]) AND mover_id BETWEEN %(first)s AND %(last)s) AS d
  ON d.mover_id = t.mover_id AND d.day = t.day;
