-- How many codes are to be issued, by county and class, and the codes of the file that begin so: nobody else gets them.
WITH wanted AS (
    SELECT prefix, count(*)::integer AS many
    FROM surveyed
    WHERE verdict = 'new' AND (code IS NULL OR (%(renew)s AND profile <> %(profile)s))
    GROUP BY 1
), sent AS (
    SELECT left(code, -6) AS prefix, array_agg(code) AS codes
    FROM surveyed
    WHERE code IS NOT NULL AND component_id IS NULL
    GROUP BY 1
)
SELECT w.prefix, w.many, coalesce(s.codes, '{}')
FROM wanted AS w
LEFT JOIN sent AS s ON s.prefix = w.prefix
ORDER BY 1;
