-- All that a batch changes, in one statement.
--
-- new: what was not there before. moved: who is somewhere else now: only forwards, and of two fixes of one moment always
-- at the same one. batch, and the notice: one of each for a commit that brought anything. dirty: the days of movers that
-- have got something new are to be graded again; they are locked until the commit, so that whoever grades sees either
-- the fixes or that there are some; days before all that counts are not, unless they were once. At last the new ones are counted by sender, which need not be asked of one alone.
WITH new AS (
    INSERT INTO fix (mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum, speed_mps, course_deg,
                     accuracy_m, altitude_m, battery_pct, source, gate, flags, unit_code, received_at)
    SELECT mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum, speed_mps, course_deg, accuracy_m,
           altitude_m, battery_pct, source, gate, flags, unit_code, %(received)s
    FROM pg_temp.fix_incoming
    ON CONFLICT DO NOTHING
    RETURNING mover_id, time, mark
), counted AS (
    SELECT count(*) AS count FROM new
), moved AS (
    INSERT INTO last_position AS p (mover_id, time, mark, lon, lat, speed_mps, course_deg, accuracy_m, battery_pct,
                                    flags, unit_code, device_id, received_at)
    SELECT mover_id, time, mark, lon, lat, speed_mps, course_deg, accuracy_m, battery_pct, flags, unit_code, device_id,
           %(received)s
    FROM pg_temp.fix_incoming
    WHERE newest AND (SELECT count FROM counted) > 0
    ON CONFLICT (mover_id) DO UPDATE
    SET time = excluded.time, mark = excluded.mark, lon = excluded.lon, lat = excluded.lat,
        speed_mps = excluded.speed_mps, course_deg = excluded.course_deg, accuracy_m = excluded.accuracy_m,
        battery_pct = excluded.battery_pct, flags = excluded.flags, unit_code = excluded.unit_code,
        device_id = excluded.device_id, received_at = excluded.received_at
    WHERE (excluded.time, excluded.mark) > (p.time, p.mark)
    RETURNING p.mover_id
), batch AS (
    INSERT INTO fix_batch (movers, count)
    SELECT ARRAY(SELECT mover_id FROM moved), count FROM counted WHERE count > 0
    RETURNING id
), dirty AS (
    INSERT INTO track_dirty (mover_id, day)
    SELECT d.mover_id, date '1970-01-01' + d.day::integer
    FROM unnest(%(movers)s::bigint[], %(days)s::bigint[]) AS d (mover_id, day)
    WHERE d.mover_id IN (SELECT mover_id FROM new)
      AND (date '1970-01-01' + d.day::integer >= %(oldest)s
           OR (SELECT true FROM track_day AS t
               WHERE t.mover_id = d.mover_id AND t.day = date '1970-01-01' + d.day::integer)
           OR (SELECT true FROM track_dirty AS t
               WHERE t.mover_id = d.mover_id AND t.day = date '1970-01-01' + d.day::integer))
    ORDER BY d.mover_id, d.day
    ON CONFLICT (mover_id, day) DO UPDATE SET marks = track_dirty.marks + 1
), told AS (
    SELECT id, pg_notify(%(channel)s, id::text) FROM batch
)
SELECT s.sent, s.count, t.id
FROM (
    SELECT 0 AS sent, count FROM counted WHERE %(one)s AND count > 0
    UNION ALL
    SELECT i.sent, count(*)
    FROM new JOIN pg_temp.fix_incoming AS i USING (mover_id, time, mark)
    WHERE NOT %(one)s
    GROUP BY i.sent
) AS s
CROSS JOIN told AS t;
