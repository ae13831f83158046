-- A report that was merged is followed to the one that it is the same as.
WITH RECURSIVE way AS (
    SELECT p.event_id AS id, 0 AS depth FROM public_report AS p WHERE p.digest = %(digest)s
    UNION ALL
    SELECT e.merged_into, w.depth + 1
    FROM way AS w JOIN event AS e ON e.id = w.id
    WHERE e.merged_into IS NOT NULL AND w.depth < 20
),
own AS (SELECT e.* FROM way AS w JOIN event AS e ON e.id = w.id WHERE w.depth = 0),
other AS (SELECT e.* FROM way AS w JOIN event AS e ON e.id = w.id ORDER BY w.depth DESC LIMIT 1)
SELECT other.state, own.id <> other.id AS joined, own.reported_at,
       other.accepted_at, other.dispatched_at, other.handled_at, other.closed_at,
       (SELECT max(s.at) FROM event_step AS s WHERE s.event_id = other.id AND s.to_state = other.state) AS ended_at,
       coalesce(p.title, m.name) AS title, coalesce(p.title_en, m.name) AS title_en,
       (SELECT count(*) FROM event_attachment AS a
        WHERE a.event_id = own.id AND a.added_by IS NULL AND a.step_id IS NULL) AS photos,
       own.state IN ('reported', 'accepted', 'filed', 'dispatched')
       AND own.reported_at > now() - interval '24 hours' AS is_fresh
FROM own
JOIN matter AS m ON m.code = own.category
CROSS JOIN other
LEFT JOIN public_matter AS p ON p.key = own.attributes ->> 'public_matter';
