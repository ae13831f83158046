-- What is to be shifted to another datum, in WGS-84, unless it is too much; the last row says how much there is.
WITH near AS MATERIALIZED (
    SELECT {columns}, {identifier} AS "citygrid id", {geometry}
    FROM {relation}
    WHERE {where}
    LIMIT %(most)s
), seen AS (
    SELECT count(*) AS number FROM near
)
SELECT "citygrid id", (SELECT to_jsonb("citygrid row") FROM (SELECT {columns}) AS "citygrid row")::text,
       ST_AsBinary({shape}), NULL
FROM near
WHERE (SELECT number FROM seen) < %(most)s
UNION ALL
SELECT NULL, NULL, NULL, number FROM seen;
