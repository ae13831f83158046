SELECT obj_description(to_regnamespace(%(schema)s)::oid, 'pg_namespace');
