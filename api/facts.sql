-- What `citygrid doctor` wants to know of a database; NULL for what is not there.
SELECT
    current_setting('server_version') AS postgresql,
    current_setting('server_version_num')::int / 10000 AS major,
    (SELECT extversion FROM pg_extension WHERE extname = 'postgis') AS postgis,
    (SELECT extversion FROM pg_extension WHERE extname = 'pgrouting') AS pgrouting,
    (SELECT array_agg(extname::text ORDER BY extname) FROM pg_extension) AS extensions,
    current_user::text AS role,
    has_database_privilege(current_database(), 'CREATE') AS may_create,
    has_database_privilege(current_database(), 'TEMPORARY') AS may_use_temporary,
    pg_size_pretty(pg_database_size(current_database())) AS size
