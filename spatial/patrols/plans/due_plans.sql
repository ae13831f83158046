-- Plans in force on some day of a span, with the movers that their members come to and since when.
-- Each kind of member by itself: one condition for all would compare every mover with every member.
WITH plans AS (
    SELECT p.id, p.edition, p.valid_from, p.valid_until, p.starts, p.ends, p.period, p.days, p.weekdays, p.every,
           p.rounds, p.together, p.rules, p.since
    FROM patrol_plan AS p
    WHERE p.retired_at IS NULL AND p.valid_from <= %(last)s AND (p.valid_until IS NULL OR p.valid_until >= %(first)s)
          AND (%(id)s::bigint IS NULL OR p.id = %(id)s)
), people AS (
    SELECT m.plan_id, m.mover_id, m.since
    FROM patrol_member AS m
    JOIN plans AS p ON p.id = m.plan_id
    WHERE m.mover_id IS NOT NULL
    UNION ALL
    SELECT m.plan_id, v.id, m.since
    FROM patrol_member AS m
    JOIN plans AS p ON p.id = m.plan_id
    JOIN worker AS k ON k.unit_code >= m.unit_code AND k.unit_code < m.unit_code || chr(1114111)
    JOIN mover AS v ON v.worker_id = k.id
    WHERE m.organisation_id IS NULL OR k.organisation_id = m.organisation_id
    UNION ALL
    SELECT m.plan_id, v.id, m.since
    FROM patrol_member AS m
    JOIN plans AS p ON p.id = m.plan_id
    JOIN worker AS k ON k.organisation_id = m.organisation_id
    JOIN mover AS v ON v.worker_id = k.id
    WHERE m.unit_code IS NULL
), once AS (
    SELECT plan_id, mover_id, min(since) AS since FROM people GROUP BY plan_id, mover_id
), listed AS (
    SELECT plan_id, array_agg(mover_id ORDER BY mover_id) AS movers, array_agg(since ORDER BY mover_id) AS sinces
    FROM once
    GROUP BY plan_id
)
SELECT p.*, l.movers, l.sinces
FROM plans AS p
JOIN listed AS l ON l.plan_id = p.id
ORDER BY p.id;
