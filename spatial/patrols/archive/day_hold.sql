UPDATE archive_day SET gone_at = NULL, held_until = now() + %(days)s * interval '1 day' WHERE day = %(day)s;
