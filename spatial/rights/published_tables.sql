-- Tables and views that layers show, with what they really are (NULL: gone).
SELECT p.schema, p.relation, p.layer, p.id_column, p.geometry_column, p.unit_column, p.organisation_column, p.made,
       p.mark, c.relkind::text
FROM published_table AS p
LEFT JOIN pg_namespace AS n ON n.nspname = p.schema
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = p.relation
WHERE %(schema)s::text IS NULL OR (p.schema, p.relation) = (%(schema)s, %(relation)s)
ORDER BY 1, 2;
