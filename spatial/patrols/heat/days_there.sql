-- Days that have heat, up to the last one that is over: each is found from the one before, without reading the rows of
-- all people.
WITH RECURSIVE there AS (
    (SELECT min(first_day) AS day FROM heat WHERE level = %(level)s AND days = 1)
    UNION ALL
    SELECT (SELECT min(first_day) FROM heat WHERE level = %(level)s AND days = 1 AND first_day > there.day)
    FROM there WHERE there.day < %(today)s
)
SELECT day FROM there WHERE day < %(today)s;
