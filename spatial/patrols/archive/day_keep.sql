INSERT INTO archive_day (day, tier, generation, fixes, octets, sha256, graded, graded_octets, graded_sha256, movers,
                         bound_m, gone_at, is_stale)
VALUES (%(day)s, %(tier)s, %(generation)s, %(fixes)s, %(octets)s, %(sha256)s, %(graded)s, %(graded_octets)s,
        %(graded_sha256)s, %(movers)s, %(bound_m)s, now(), %(is_stale)s)
ON CONFLICT (day) DO UPDATE
SET tier = excluded.tier, generation = excluded.generation, fixes = excluded.fixes, octets = excluded.octets,
    sha256 = excluded.sha256, graded = excluded.graded, graded_octets = excluded.graded_octets,
    graded_sha256 = excluded.graded_sha256, movers = excluded.movers, bound_m = excluded.bound_m,
    gone_at = coalesce(archive_day.gone_at, now()), is_stale = excluded.is_stale, held_until = NULL,
    written_at = now(), verified_at = NULL, problem = NULL;
