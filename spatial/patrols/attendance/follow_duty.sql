-- People whose duty goes by signs are on duty from a sign-in on, until they sign out or it is too long ago. In the
-- order of their numbers, so that two processes never wait in a circle.
WITH duty AS (
    SELECT w.id, coalesce(s.kind = 'in' AND s.at > now() - %(longest)s::interval, false) AS is_on
    FROM worker AS w
    JOIN mover AS m ON m.worker_id = w.id
    JOIN LATERAL (
        SELECT duty_by FROM roster_policy
        WHERE organisation_id = w.organisation_id OR organisation_id IS NULL
        ORDER BY organisation_id NULLS LAST LIMIT 1
    ) AS p ON p.duty_by = 'sign_in'
    LEFT JOIN LATERAL (
        SELECT g.kind, g.at FROM sign AS g
        WHERE g.mover_id = m.id
        ORDER BY g.at DESC, g.id DESC LIMIT 1
    ) AS s ON true
    WHERE %(movers)s::bigint[] IS NULL OR m.id = ANY (%(movers)s)
), changed AS (
    SELECT w.id, d.is_on FROM worker AS w JOIN duty AS d ON d.id = w.id
    WHERE w.on_duty <> d.is_on
    ORDER BY w.id FOR NO KEY UPDATE OF w
)
UPDATE worker AS w SET on_duty = c.is_on FROM changed AS c WHERE w.id = c.id;
