UPDATE archive_day
SET tier = 'dropped', fixes = 0, octets = 0, sha256 = '', graded = 0, graded_octets = 0, graded_sha256 = '', movers = '{}',
    bound_m = NULL, gone_at = coalesce(gone_at, now()), is_stale = false, problem = NULL
WHERE day = %(day)s AND apart IS NULL;
