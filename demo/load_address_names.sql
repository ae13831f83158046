-- Other names of real features, by the source that names the feature.
INSERT INTO address_alias (address_id, name, kind, source)
SELECT a.id, n.name, 'alias', n.source
FROM unnest(%(sources)s::text[], %(names)s::text[]) AS n (source, name)
JOIN address AS a ON a.source = n.source
WHERE n.name <> a.full_text
ON CONFLICT DO NOTHING;
