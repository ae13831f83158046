SELECT DISTINCT ON (coverage) coverage, id AS version, valid_from, note
FROM coverage_version
WHERE valid_from <= now()
ORDER BY coverage, valid_from DESC, id DESC;
