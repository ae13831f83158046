-- How much was written since a state, counted no further than to `most`.
SELECT count(*)
FROM (
    SELECT 1 FROM address WHERE stamp > %(stamp)s
    UNION ALL SELECT 1 FROM address_gone WHERE stamp > %(stamp)s
    LIMIT %(most)s
) AS changed;
