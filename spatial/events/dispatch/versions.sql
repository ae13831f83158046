-- Which publication of each coverage is in force.
SELECT DISTINCT ON (coverage) coverage, id
FROM coverage_version
WHERE valid_from <= coalesce(%(at)s::timestamptz, now())
ORDER BY coverage ASC, valid_from DESC, id DESC;
