-- Features with byte for byte the shape of an earlier feature; the last column counts them all.
SELECT number, first, count(*) OVER ()
FROM (
    SELECT {number} AS number,
           min({number}) OVER (PARTITION BY sha256(ST_AsBinary({geometry}))) AS first
    FROM {table}
    WHERE {geometry} IS NOT NULL
) AS each
WHERE number <> first
ORDER BY number
LIMIT {most};
