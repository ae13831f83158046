-- What reports may say, and which matter each means: the codes of lists in use, what those lists call them where no
-- other does so, and of other lists what somebody has mapped. The platform's own reports may name any.
WITH known AS (
    SELECT m.code, m.list_code, m.name, p.in_use AND NOT m.retired AS is_current
    FROM matter AS m
    JOIN matter_profile AS p ON p.name = m.profile
), said AS (
    SELECT code AS sent, code, name, 1 AS rank FROM known WHERE is_current
    UNION ALL
    SELECT list_code, code, name, 2 FROM known WHERE is_current AND list_code IS NOT NULL
    UNION ALL
    SELECT s.sent, t.code, t.name, 3
    FROM known AS k
    JOIN matter_mapping AS g ON g.code = k.code AND g.chosen
    JOIN known AS t ON t.code = g.to_code AND t.is_current
    CROSS JOIN LATERAL (SELECT k.code UNION SELECT k.list_code WHERE k.list_code IS NOT NULL) AS s (sent)
    WHERE NOT k.is_current
    UNION ALL
    SELECT code, code, name, 4 FROM known WHERE %(platform)s AND NOT is_current
), told AS (
    SELECT sent, code, name, rank, count(*) OVER (PARTITION BY sent, rank) AS alike
    FROM said
    WHERE %(codes)s::text[] IS NULL OR sent = ANY (%(codes)s::text[])
), best AS (
    -- Where what goes first is ambiguous, nothing that goes behind it is meant instead; only a report of the platform's
    -- own keeps the code that it has rather than be lost.
    SELECT DISTINCT ON (sent, rank = 4) sent, code, name, rank, alike FROM told ORDER BY sent, rank = 4, rank
)
SELECT DISTINCT ON (sent) sent, code, name FROM best WHERE alike = 1 ORDER BY sent, rank;
