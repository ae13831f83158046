DELETE FROM fix_elsewhen
WHERE time >= %(day)s::date::timestamp AT TIME ZONE 'UTC' AND time < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC';
