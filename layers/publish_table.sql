INSERT INTO published_table (
    schema, relation, layer, id_column, geometry_column, unit_column, organisation_column, made
)
VALUES (
    %(schema)s, %(relation)s, %(name)s, %(id_column)s, %(geometry_column)s, %(unit_column)s,
    %(organisation_column)s, %(made)s
);
