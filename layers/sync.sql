-- Insert or correct one built-in layer; published_at moves only when something changed. What people added to
-- `about` (a look, an attribution) stays.
INSERT INTO layer (
    name, title, title_en, description, kind, relation, id_column, geometry_column, geometry_type,
    time_column, fields, tile_fields, min_zoom, position, editable, sources, by_clock, about, part
)
VALUES (
    %(name)s, %(title)s, %(title_en)s, %(description)s, %(kind)s, %(relation)s, %(id_column)s,
    %(geometry_column)s, %(geometry_type)s, %(time_column)s, %(fields)s, %(tile_fields)s, %(min_zoom)s,
    %(position)s, %(editable)s, %(sources)s, %(by_clock)s, %(about)s, %(part)s
)
ON CONFLICT (name) DO UPDATE SET
    title = EXCLUDED.title, title_en = EXCLUDED.title_en, description = EXCLUDED.description, kind =
    EXCLUDED.kind, relation = EXCLUDED.relation, id_column = EXCLUDED.id_column, geometry_column =
    EXCLUDED.geometry_column, geometry_type = EXCLUDED.geometry_type, time_column = EXCLUDED.time_column,
    fields = EXCLUDED.fields, tile_fields = EXCLUDED.tile_fields, min_zoom = EXCLUDED.min_zoom, position =
    EXCLUDED.position, editable = EXCLUDED.editable, sources = EXCLUDED.sources, by_clock =
    EXCLUDED.by_clock, about = layer.about || EXCLUDED.about, part = EXCLUDED.part, published_at = now()
WHERE (
    layer.title, layer.title_en, layer.description, layer.kind, layer.relation, layer.id_column,
    layer.geometry_column, layer.geometry_type, layer.time_column, layer.fields, layer.tile_fields,
    layer.min_zoom, layer.position, layer.editable, layer.sources, layer.by_clock, layer.about, layer.part
) IS DISTINCT FROM (
    EXCLUDED.title, EXCLUDED.title_en, EXCLUDED.description, EXCLUDED.kind, EXCLUDED.relation,
    EXCLUDED.id_column, EXCLUDED.geometry_column, EXCLUDED.geometry_type, EXCLUDED.time_column,
    EXCLUDED.fields, EXCLUDED.tile_fields, EXCLUDED.min_zoom, EXCLUDED.position, EXCLUDED.editable,
    EXCLUDED.sources, EXCLUDED.by_clock, layer.about || EXCLUDED.about, EXCLUDED.part
);
