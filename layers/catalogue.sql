-- The catalogue in its published order.
SELECT name, title, title_en, description, relation, id_column, geometry_column, geometry_type,
       time_column, fields, tile_fields, min_zoom
FROM layer
ORDER BY position, name;
