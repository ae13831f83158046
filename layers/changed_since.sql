SELECT changed_since(%(sources)s::text[], %(snapshot)s::pg_snapshot);
