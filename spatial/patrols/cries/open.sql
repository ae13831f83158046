-- Open a cry, or count one more of the one that is not closed: of two at once the second waits for the first and
-- counts. Its place is what was told with it, or else the last good fix until then.
WITH told AS (
    SELECT %(lon)s::double precision AS lon, %(lat)s::double precision AS lat, %(accuracy_m)s::real AS accuracy_m,
           %(at)s::timestamptz AS at
    WHERE %(lon)s::double precision IS NOT NULL
), seen AS (
    SELECT f.lon, f.lat, f.accuracy_m, f.time AS at
    FROM fix AS f
    WHERE f.mover_id = %(mover)s::bigint AND f.gate = 0
          AND f.time > %(at)s::timestamptz - interval '24 hours' AND f.time <= %(at)s::timestamptz
          AND NOT EXISTS (SELECT FROM told)
    ORDER BY f.time DESC
    LIMIT 1
), place AS (
    SELECT * FROM told UNION ALL SELECT * FROM seen
), stands AS (
    SELECT p.*, (SELECT u.code FROM unit_version AS u
                 WHERE u.coverage = 'grids' AND upper_inf(u.sys) AND u.valid @> %(at)s::timestamptz
                       AND u.geom && ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326)
                       AND ST_Covers(u.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326))
                 ORDER BY u.level DESC, u.code LIMIT 1) AS unit_code
    FROM place AS p
)
INSERT INTO cry AS c (mover_id, device_id, way, at, last_at, times, late, lon, lat, accuracy_m, placed_at, unit_code,
                      note, account_id, username, client_id)
SELECT %(mover)s::bigint, %(device)s::bigint, %(way)s, %(at)s, %(last_at)s, %(times)s, %(late)s, s.lon, s.lat,
       s.accuracy_m, s.at, s.unit_code, %(note)s, %(account)s::bigint, %(username)s, %(client_id)s::text
FROM (SELECT 1) AS one
LEFT JOIN stands AS s ON true
ON CONFLICT (whose) WHERE state <> 'closed'
DO UPDATE SET
    times = c.times + excluded.times,
    at = least(c.at, excluded.at),
    last_at = greatest(c.last_at, excluded.last_at),
    late = c.late AND excluded.late,
    lon = coalesce(c.lon, excluded.lon), lat = coalesce(c.lat, excluded.lat),
    accuracy_m = CASE WHEN c.lon IS NULL THEN excluded.accuracy_m ELSE c.accuracy_m END,
    placed_at = coalesce(c.placed_at, excluded.placed_at), unit_code = coalesce(c.unit_code, excluded.unit_code)
RETURNING id, xmax = 0;
