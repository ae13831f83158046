-- Disputes with their events; the policies of both say which. The unit beyond a border is told to whoever may
-- see that unit.
SELECT d.id, d.event_id, d.state, d.raised_by, d.reason,
       CASE WHEN EXISTS (SELECT FROM unit_version AS v
                         WHERE v.coverage = 'grids' AND v.code = d.facts ->> 'runner_up')
            THEN d.facts ELSE d.facts - 'runner_up' END AS facts, d.username, d.at, d.ruled_at, d.ruled_username,
       d.scope, d.organisation_id AS ruled_organisation_id, d.worker_id AS ruled_worker_id, d.ruling_reason,
       d.duty_id, e.no AS event_no, e.title, e.category, e.state AS event_state, e.unit_code, e.organisation_id,
       e.worker_id, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, e.returned_count, e.redispatched_count
FROM dispute AS d
JOIN event AS e ON e.id = d.event_id
WHERE (%(id)s::bigint IS NULL OR d.id = %(id)s)
  AND (%(state)s::text IS NULL OR d.state = %(state)s)
  AND (%(event_id)s::bigint IS NULL OR d.event_id = %(event_id)s)
  AND (%(before)s::bigint IS NULL OR d.id < %(before)s)
ORDER BY d.id DESC
LIMIT %(limit)s;
