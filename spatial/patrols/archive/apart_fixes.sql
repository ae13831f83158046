SELECT coalesce(apart, 0) FROM archive_day WHERE day = %(day)s;
