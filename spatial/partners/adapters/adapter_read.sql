-- Adapters as their keepers see them.
SELECT a.id, a.name, a.title, a.kind, a.source, a.account_id, o.username AS owner, a.mapping, a.options, a.sample,
       a.state, a.why, CASE WHEN a.old_secret_until > now() THEN a.old_secret_until END AS old_secret_until,
       a.created_at, a.changed_at, p.read_until, p.next_at, p.last_at, p.last_good_at, p.failures, p.last_error,
       p.taken, p.known, p.refused,
       (SELECT count(*) FROM adapter_refusal AS r WHERE r.adapter_id = a.id AND r.state = 'waiting') AS waiting
FROM adapter AS a
JOIN adapter_pace AS p ON p.adapter_id = a.id
LEFT JOIN account AS o ON o.id = a.account_id
WHERE %(name)s::text IS NULL OR a.name = %(name)s
ORDER BY a.name;
