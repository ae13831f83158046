-- The catalogue in its published order. Layers of pictures (raster) have no table: who asks for features leaves
-- them out.
SELECT name, title, title_en, description, kind, schema, coalesce(relation, '') AS relation,
       coalesce(id_column, '') AS id_column, coalesce(geometry_column, '') AS geometry_column, geometry_type,
       srid, time_column, fields, tile_fields, min_zoom, editable, sources, by_clock, about, audience,
       organisation_id, created_at, published_at, published_by, unit_column, organisation_column, part
FROM layer
WHERE %(rasters)s OR kind <> 'raster'
ORDER BY position, name;
