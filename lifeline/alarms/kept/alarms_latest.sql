SELECT a.id, a.state_id, a.occurrence, a.state, a.level, a.highest_level, a.value, a.reason, a.raised_at,
       a.acknowledged_at, a.acknowledged_by, a.returned_at, a.shelved_until, a.closed_at
FROM unnest(%(states)s::bigint[]) AS s (id)
CROSS JOIN LATERAL (
    SELECT * FROM alarm AS x WHERE x.state_id = s.id ORDER BY x.occurrence DESC LIMIT 1
) AS a;
