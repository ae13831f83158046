INSERT INTO layer (
    name, title, title_en, description, kind, schema, geometry_type, fields, tile_fields, min_zoom, position,
    audience, organisation_id, about, published_by
)
VALUES (
    %(name)s, %(title)s, %(title_en)s, %(description)s, 'raster', 'published', 'raster', '[]', '[]', %(min_zoom)s,
    500, %(audience)s, %(organisation_id)s, %(about)s, %(published_by)s
);
