INSERT INTO layer_grant (layer, account_id, organisation_id)
SELECT %(layer)s, s.id, NULL FROM unnest(%(accounts)s::bigint[]) AS s (id)
UNION ALL
SELECT %(layer)s, NULL, s.id FROM unnest(%(organisations)s::bigint[]) AS s (id)
ON CONFLICT DO NOTHING;
