-- One row where the duty of a mover goes by signs.
SELECT 1
FROM mover AS m
LEFT JOIN worker AS w ON w.id = m.worker_id
LEFT JOIN resource AS r ON r.id = m.resource_id
JOIN LATERAL (
    SELECT duty_by FROM roster_policy
    WHERE organisation_id = coalesce(w.organisation_id, r.organisation_id) OR organisation_id IS NULL
    ORDER BY organisation_id NULLS LAST LIMIT 1
) AS p ON p.duty_by = 'sign_in'
WHERE m.id = %(mover)s;
