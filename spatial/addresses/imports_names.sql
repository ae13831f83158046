-- Other and older names that rows of a file tell, several with ; between.
INSERT INTO address_alias (address_id, name, kind, source, generated)
SELECT a.id, left(btrim(n.name), 100), n.kind, %(source)s, %(generated)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (
    full_text text, external_id text, lon float8, lat float8, aliases text, old_names text)
CROSS JOIN LATERAL (
    SELECT regexp_split_to_table(r.aliases, '[;；]') AS name, 'alias' AS kind
    UNION SELECT regexp_split_to_table(r.old_names, '[;；]'), 'old'
) AS n
JOIN address AS a ON a.source = %(source)s AND (
    a.external_id = r.external_id
    OR r.external_id IS NULL AND a.external_id IS NULL AND a.full_text = r.full_text
    AND a.geom && ST_Expand(ST_SetSRID(ST_MakePoint(r.lon, r.lat), 4326), 0.00001))
WHERE btrim(n.name) <> ''
ON CONFLICT DO NOTHING;
