SELECT day, tier, generation, fixes, octets, sha256, graded, graded_octets, graded_sha256, bound_m, gone_at, is_stale,
       held_until, written_at, verified_at, problem
FROM archive_day
WHERE day = ANY (%(days)s::date[])
ORDER BY day;
