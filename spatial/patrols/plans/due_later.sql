-- Half a minute, then twice as long each time, up to half a day.
UPDATE patrol_due
SET tries = least(tries + 1, 1000), try_at = %(now)s + least(interval '12 h', interval '30 s' * 2 ^ least(tries, 16))
WHERE id = %(id)s;
