-- Give the new rows of a county and class their codes, from west to east. A code of another profile is written first,
-- so that it becomes the former one; what had none is of the default profile when codes are renewed.
WITH numbered AS (
    SELECT row_number, row_number() OVER (ORDER BY lon, lat DESC, row_number) AS nth
    FROM surveyed
    WHERE verdict = 'new' AND prefix = %(prefix)s AND (code IS NULL OR (%(renew)s AND profile <> %(profile)s))
), issued AS (
    SELECT code, nth FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c (code, nth)
)
UPDATE surveyed AS s SET was_code = s.code, code = i.code,
       profile = CASE WHEN s.code IS NULL AND %(renew)s THEN %(profile)s ELSE s.profile END
FROM numbered AS n
JOIN issued AS i ON i.nth = n.nth
WHERE n.row_number = s.row_number;
