-- What happened in [begin, end), as far as the reader may know, in the order of time. The policies of the tables decide;
-- where somebody was when a device told something is known to those who see the track.
WITH told AS (
    SELECT e.reported_at AS time, 'event' AS kind, e.id::text AS id, e.id AS event, NULL::bigint AS mover,
           ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, e.reported_at AS since,
           jsonb_build_object('no', e.no, 'title', e.title, 'category', e.category, 'urgency', e.urgency) AS about
    FROM event AS e
    WHERE 'event' = ANY (%(kinds)s::text[]) AND e.reported_at >= %(from)s AND e.reported_at < %(end)s
    UNION ALL
    SELECT s.at, 'step', s.id::text, s.event_id, NULL, ST_X(e.geom), ST_Y(e.geom), s.at,
           jsonb_build_object('no', e.no, 'verb', s.verb, 'from', s.from_state, 'to', s.to_state)
    FROM event_step AS s
    JOIN event AS e ON e.id = s.event_id
    WHERE 'step' = ANY (%(kinds)s::text[]) AND s.at >= %(from)s AND s.at < %(end)s
    UNION ALL
    SELECT h.time, h.kind, h.device_id::text, NULL, h.mover_id, f.lon, f.lat, h.time, '{}'
    FROM happening AS h
    LEFT JOIN LATERAL (
        SELECT x.lon, x.lat
        FROM fix AS x
        WHERE x.mover_id = h.mover_id AND x.time > h.time - interval '2 minutes' AND x.time <= h.time AND x.gate = 0
          AND x.time > %(from)s - interval '2 minutes' AND x.time < %(end)s
        ORDER BY x.time DESC
        LIMIT 1
    ) AS f ON true
    WHERE h.kind = ANY (%(kinds)s::text[]) AND h.time >= %(from)s AND h.time < %(end)s AND h.mover_id IS NOT NULL
    UNION ALL
    SELECT s.at, 'cry', s.id::text, NULL, c.mover_id, NULL, NULL, c.at,
           jsonb_build_object('cry', c.id, 'what', s.what, 'level', s.level, 'word', s.word)
    FROM cry_step AS s
    JOIN cry AS c ON c.id = s.cry_id
    WHERE 'cry' = ANY (%(kinds)s::text[]) AND s.at >= %(from)s AND s.at < %(end)s
    UNION ALL
    SELECT d.ends_at, 'patrol', d.id::text, NULL, d.mover_id, NULL, NULL, d.starts_at,
           jsonb_build_object('plan', d.plan_id, 'name', p.name, 'word', r.word, 'ratio', r.ratio,
                              'probability', r.probability, 'false_accusation_rate', r.false_accusation_rate)
    FROM patrol_due AS d
    JOIN patrol_result AS r ON r.due_id = d.id
    JOIN patrol_plan AS p ON p.id = d.plan_id
    WHERE 'patrol' = ANY (%(kinds)s::text[]) AND d.ends_at >= %(from)s AND d.ends_at < %(end)s
)
SELECT * FROM told
WHERE (time, kind, id) > (%(from)s, %(kind)s::text, %(id)s::text)
  AND (%(west)s::double precision IS NULL
       OR lon BETWEEN %(west)s AND %(east)s::double precision
          AND lat BETWEEN %(south)s::double precision AND %(north)s::double precision)
ORDER BY time, kind, id
LIMIT %(limit)s;
