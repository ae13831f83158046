-- The oldest week that can be cut: all its days are graded, or what is left was put off for long enough, and waits
-- for its next try now.
SELECT w.first_day FROM heat_block AS w
WHERE w.days = %(days)s AND w.shown_at IS NULL AND w.first_day <= %(last)s
  AND NOT EXISTS (SELECT FROM track_dirty AS d
                  WHERE d.day >= w.first_day AND d.day < w.first_day + w.days
                    AND (d.since <= now() OR w.held_at IS NULL OR w.held_at > now() - %(patience)s::interval))
ORDER BY w.first_day LIMIT 1
FOR UPDATE;
