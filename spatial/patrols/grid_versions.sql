-- Versions by the time they begin; of those that begin at once the last one counts.
SELECT DISTINCT ON (valid_from) id, valid_from, (extract(epoch FROM valid_from) * 1000000)::bigint
FROM coverage_version
WHERE coverage = %(coverage)s
ORDER BY valid_from, id DESC;
