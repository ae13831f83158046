-- Other names of terms: renamed roads, abbreviations; the longest first.
SELECT name, term, kind = 'old' AS is_old, valid_until::text AS until
FROM address_alias
WHERE term IS NOT NULL
ORDER BY length(name) DESC, name, term;
