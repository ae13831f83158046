UPDATE layer SET
    relation = %(relation)s, id_column = %(id_column)s, geometry_column = %(geometry_column)s,
    geometry_type = %(geometry_type)s, srid = %(srid)s, time_column = %(time_column)s, fields = %(fields)s,
    tile_fields = %(tile_fields)s, sources = %(sources)s, published_at = now()
WHERE name = %(name)s;
