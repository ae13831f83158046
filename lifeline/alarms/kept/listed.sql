-- Three times raised in the last minute: it chatters.
SELECT a.id, a.rule_id, a.rule_edition, a.rule_name, a.legal_basis, a.is_technical, a.datastream_id, d.name AS datastream,
       a.thing_id, t.name AS thing, n.name AS network, a.feature_code AS feature, a.state, a.level, a.highest_level,
       a.value, a.reason, a.raised_at, a.acknowledged_at, a.acknowledged_by, a.returned_at, a.shelved_until, a.closed_at,
       a.occurrence, a.edition, c.chatters
FROM alarm AS a
LEFT JOIN datastream AS d ON d.id = a.datastream_id
LEFT JOIN thing AS t ON t.id = a.thing_id
LEFT JOIN network AS n ON n.id = a.network_id
CROSS JOIN LATERAL (
    SELECT count(*) = 3 AND coalesce(min(x.raised_at) > now() - interval '1 minute', false) AS chatters
    FROM (SELECT y.raised_at FROM alarm AS y WHERE y.state_id = a.state_id ORDER BY y.occurrence DESC LIMIT 3) AS x
) AS c
WHERE (%(ids)s::bigint[] IS NULL OR a.id = ANY (%(ids)s))
  AND (NOT %(open)s::boolean OR a.closed_at IS NULL)
  AND (%(state)s::text IS NULL OR a.state = %(state)s)
  AND (%(level)s::int IS NULL OR a.level <= %(level)s)
  AND (%(technical)s::boolean IS NULL OR a.is_technical = %(technical)s)
  AND (%(thing)s::bigint IS NULL OR a.thing_id = %(thing)s)
  AND (%(rule)s::bigint IS NULL OR a.rule_id = %(rule)s)
  AND (%(network)s::text IS NULL OR n.name = %(network)s)
  AND (%(since)s::timestamptz IS NULL OR a.raised_at >= %(since)s)
  AND (%(after_level)s::int IS NULL
       OR (a.level, a.raised_at, a.id) > (%(after_level)s, %(after_at)s::timestamptz, %(after_id)s::bigint))
ORDER BY a.level, a.raised_at, a.id
LIMIT %(limit)s;
