SELECT id, term, name, kind, valid_from, valid_until, note, source
FROM address_alias
WHERE term IS NOT NULL AND (%(term)s::text IS NULL OR term = %(term)s)
ORDER BY term, name
LIMIT 10000;
