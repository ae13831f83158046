-- Doubts about whose it is, and how each of them ended.
SELECT d.id AS dispute, 'raised' AS what, d.at, d.username, d.raised_by, d.reason AS note, NULL AS scope,
       NULL::bigint AS organisation_id, NULL AS organisation
FROM dispute AS d
WHERE d.event_id = %(id)s
UNION ALL
SELECT d.id, d.state, d.ruled_at, d.ruled_username, d.raised_by, coalesce(d.ruling_reason, ''), d.scope,
       d.organisation_id, o.name
FROM dispute AS d
LEFT JOIN organisation AS o ON o.id = d.organisation_id
WHERE d.event_id = %(id)s AND d.state <> 'open' AND d.ruled_at IS NOT NULL;
