SELECT n.id, n.name, n.kind, n.flow_mode, n.source, o.name AS organisation, n.edition, n.checked_edition, n.crs_epsg,
       n.vertical_datum, n.data_at, n.imported_at, n.generated
FROM network AS n LEFT JOIN organisation AS o ON o.id = n.organisation_id
WHERE (%(name)s::text IS NULL OR n.name = %(name)s) AND (%(after)s::bigint IS NULL OR n.id > %(after)s)
ORDER BY n.id LIMIT %(limit)s;
