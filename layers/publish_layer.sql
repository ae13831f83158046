INSERT INTO layer (
    name, title, title_en, description, kind, schema, relation, id_column, geometry_column, geometry_type, srid,
    time_column, fields, tile_fields, position, audience, organisation_id, editable, sources, by_clock, about,
    published_by, unit_column, organisation_column
)
VALUES (
    %(name)s, %(title)s, %(title_en)s, %(description)s, %(kind)s, %(schema)s, %(relation)s, %(id_column)s,
    %(geometry_column)s, %(geometry_type)s, %(srid)s, %(time_column)s, %(fields)s, %(tile_fields)s, 500,
    %(audience)s, %(organisation_id)s, %(editable)s, %(sources)s, %(by_clock)s, %(about)s, %(published_by)s,
    %(unit_column)s, %(organisation_column)s
);
