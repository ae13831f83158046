-- Features whose value is missing, or that of an earlier feature; the last column counts them all.
SELECT number, left(value, 60), count(*) OVER ()
FROM (
    SELECT {number} AS number, {value}::text AS value,
           row_number() OVER (PARTITION BY {value} ORDER BY {number}) AS place
    FROM {table}
) AS each
WHERE place > 1 OR value IS NULL
ORDER BY number
LIMIT {most};
