-- Where the sums are not what the rows are.
WITH counted AS (
    SELECT unit_code, organisation_id, class_code, state, sum(components)::bigint AS n
    FROM component_count GROUP BY 1, 2, 3, 4
), there AS (
    SELECT unit_code, organisation_id, class_code, state, count(*) AS n FROM component GROUP BY 1, 2, 3, 4
)
SELECT coalesce(c.unit_code, t.unit_code), coalesce(c.organisation_id, t.organisation_id),
       coalesce(c.class_code, t.class_code), coalesce(c.state, t.state), coalesce(c.n, 0), coalesce(t.n, 0)
FROM counted AS c
FULL JOIN there AS t ON (c.class_code, c.state) = (t.class_code, t.state)
     AND coalesce(c.unit_code, '') = coalesce(t.unit_code, '')
     AND coalesce(c.organisation_id, 0) = coalesce(t.organisation_id, 0)
WHERE coalesce(c.n, 0) <> coalesce(t.n, 0);
