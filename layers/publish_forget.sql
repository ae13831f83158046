DELETE FROM published_table WHERE (schema, relation) = (%(schema)s, %(relation)s);
