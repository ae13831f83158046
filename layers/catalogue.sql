-- The catalogue in its published order.
SELECT name, title, title_en, description, kind, schema, relation, id_column, geometry_column, geometry_type,
       srid, time_column, fields, tile_fields, min_zoom, editable, sources, by_clock, about, audience,
       organisation_id, created_at, published_at, published_by, unit_column, organisation_column
FROM layer
ORDER BY position, name;
