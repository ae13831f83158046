-- Which server this is, and the newest life of the database with the server that it was on.
SELECT l.life, l.server = here.name AS same, here.name, l.source
FROM (
    SELECT s.system_identifier || '/' || c.timeline_id AS name
    FROM pg_control_system() AS s, pg_control_checkpoint() AS c
) AS here, log_life AS l
ORDER BY l.life DESC
LIMIT 1;
