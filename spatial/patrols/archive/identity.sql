-- What no other database in the world is called: its cluster, and its number there.
SELECT s.system_identifier::text || '/' || d.oid::text
FROM pg_control_system() AS s, pg_database AS d
WHERE d.datname = current_database();
