-- Events as service requests, as their reader may see them: newest first, as many as an answer holds.
WITH found AS (
    SELECT e.id, e.no, e.category, e.title, e.description, e.state, e.organisation_id, e.reported_at, e.close_due_at,
           e.due_at, e.closed_at, e.address, e.address_id, e.geom, e.attributes
    FROM event AS e
    WHERE (%(nos)s::text[] IS NULL OR e.no = ANY (%(nos)s::text[]))
      AND (%(codes)s::text[] IS NULL OR e.category = ANY (%(codes)s::text[]))
      AND (%(states)s::text[] IS NULL OR e.state = ANY (%(states)s::text[]))
      AND (%(start)s::timestamptz IS NULL OR e.reported_at >= %(start)s)
      AND (%(end)s::timestamptz IS NULL OR e.reported_at <= %(end)s)
      AND (%(updated_after)s::timestamptz IS NULL OR e.id IN (
          SELECT s.event_id FROM event_step AS s WHERE s.at >= %(updated_after)s
      ))
    ORDER BY e.reported_at DESC, e.id DESC
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT f.no, f.state, f.category, m.name AS service_name, f.title, f.description, o.name AS agency, f.reported_at,
       greatest(coalesce(s.at, f.reported_at), f.reported_at) AS updated_at, s.verb, s.note,
       coalesce(f.close_due_at, f.due_at) AS expected_at, f.closed_at, f.address, f.address_id,
       ST_Y(f.geom) AS lat, ST_X(f.geom) AS lon, f.attributes ->> 'media_url' AS media_url
FROM found AS f
JOIN matter AS m ON m.code = f.category
LEFT JOIN organisation AS o ON o.id = f.organisation_id
LEFT JOIN LATERAL (
    SELECT at, verb, note FROM event_step WHERE event_id = f.id ORDER BY id DESC LIMIT 1
) AS s ON true
ORDER BY f.reported_at DESC, f.id DESC;
