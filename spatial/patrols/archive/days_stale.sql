UPDATE archive_day SET is_stale = true WHERE day = ANY (%(days)s::date[]) AND tier <> 'dropped' AND NOT is_stale;
