SELECT day FROM archive_day WHERE tier <> 'dropped' AND %(mover)s::bigint = ANY (movers) ORDER BY day;
