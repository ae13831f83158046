-- Places that are to be looked at within the lead of their kind and have no open inspection: the day it is due,
-- and whose task it is: somebody named for the place, else a person of the kind's role in its grid. What a person
-- called off counts as done on the day it was due; what the platform called off never was.
SELECT p.id, p.risk_level, l.last + k.every_days[p.risk_level] AS due_on, w.id AS worker_id,
       coalesce(p.organisation_id, w.organisation_id) AS organisation_id
FROM place AS p
JOIN place_kind AS k ON k.key = p.kind AND k.risk_bearing AND k.retired_at IS NULL
CROSS JOIN LATERAL (
    SELECT coalesce(
        max(CASE i.state WHEN 'done' THEN (i.done_at AT TIME ZONE 'Asia/Shanghai')::date ELSE i.due_on END),
        (p.created_at AT TIME ZONE 'Asia/Shanghai')::date) AS last
    FROM inspection AS i
    WHERE i.place_id = p.id
          AND (i.state IN ('done', 'missed') OR i.state = 'cancelled' AND i.username IS NOT NULL)
) AS l
LEFT JOIN LATERAL (
    SELECT id, organisation_id
    FROM (
        SELECT n.id, n.organisation_id, CASE pp.role WHEN 'inspector' THEN 1 ELSE 2 END AS turn, n.on_duty
        FROM place_person AS pp
        JOIN worker AS n ON n.id = pp.worker_id
        WHERE pp.place_id = p.id
        UNION ALL
        SELECT g.id, g.organisation_id, 3, g.on_duty
        FROM worker AS g
        WHERE g.unit_code = p.unit_code AND g.role = k.responsible_role
    ) AS able
    ORDER BY turn, on_duty DESC, id
    LIMIT 1
) AS w ON true
WHERE NOT EXISTS (SELECT FROM inspection AS o WHERE o.place_id = p.id AND o.state = 'open')
      AND l.last + k.every_days[p.risk_level] - k.lead_days <= %(today)s
ORDER BY p.id
LIMIT %(limit)s;
