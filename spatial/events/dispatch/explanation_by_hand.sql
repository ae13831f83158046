-- Somebody said who is responsible: where the event lies stands as it was decided, or as the event has it.
INSERT INTO explanation (event_id, organisation_id, worker_id, body)
SELECT e.id, %(organisation)s::bigint, %(worker)s::bigint,
       coalesce(past.body, jsonb_build_object(
           'point', jsonb_build_array(ST_X(e.geom), ST_Y(e.geom)), 'category', e.category, 'border_m', NULL,
           'versions', CASE WHEN e.version_id IS NULL THEN '{}'::jsonb
                            ELSE jsonb_build_object('grids', e.version_id) END,
           'unit', CASE WHEN e.version_id IS NOT NULL THEN e.unit_code END,
           'ruling', CASE WHEN e.version_id IS NULL OR e.unit_code IS NULL THEN 'unassigned' ELSE e.ruling END,
           'runner_up', NULL, 'units', '{}'::jsonb))
       || jsonb_build_object(
           'form', %(form)s::integer, 'at', now(), 'rule', %(rule)s::text, 'line', NULL,
           'organisation', %(organisation)s::bigint, 'worker', %(worker)s::bigint, 'considered', '[]'::jsonb,
           'username', %(username)s::text, 'note', %(note)s::text)
FROM event AS e
LEFT JOIN LATERAL (
    SELECT x.body
    FROM explanation AS x
    WHERE x.event_id = e.id AND x.body ->> 'category' = e.category
      AND x.body ->> 'unit' IS NOT DISTINCT FROM e.unit_code
    ORDER BY x.id DESC
    LIMIT 1
) AS past ON true
WHERE e.id = %(event)s;
