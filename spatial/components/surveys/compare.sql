-- Say what is new, and what is unlike what stands: {field: [before, after]}. What a row leaves open stays.
CREATE INDEX ON surveyed (component_id);
ANALYZE surveyed;
UPDATE surveyed SET verdict = 'new' WHERE verdict IS NULL AND component_id IS NULL;
UPDATE surveyed AS s SET
    verdict = CASE WHEN d.changes = '{}' THEN 'unchanged' ELSE 'changed' END, changes = d.changes, was_code = c.code
FROM component AS c
CROSS JOIN LATERAL (
    SELECT s2.row_number, jsonb_strip_nulls(jsonb_build_object(
        'name', CASE WHEN s2.name <> c.name THEN jsonb_build_array(c.name, s2.name) END,
        'state', CASE WHEN s2.state <> c.state THEN jsonb_build_array(c.state, s2.state) END,
        'owner', CASE WHEN s2.owner IS DISTINCT FROM c.owner AND s2.owner IS NOT NULL THEN jsonb_build_array(coalesce(c.owner, ''), s2.owner) END,
        'owner_code', CASE WHEN s2.owner_code IS DISTINCT FROM c.owner_code AND s2.owner_code IS NOT NULL
            THEN jsonb_build_array(coalesce(c.owner_code, ''), s2.owner_code) END,
        'upkeep', CASE WHEN s2.upkeep IS DISTINCT FROM c.upkeep AND s2.upkeep IS NOT NULL THEN jsonb_build_array(coalesce(c.upkeep, ''), s2.upkeep) END,
        'upkeep_code', CASE WHEN s2.upkeep_code IS DISTINCT FROM c.upkeep_code AND s2.upkeep_code IS NOT NULL
            THEN jsonb_build_array(coalesce(c.upkeep_code, ''), s2.upkeep_code) END,
        'manager', CASE WHEN s2.manager IS DISTINCT FROM c.manager AND s2.manager IS NOT NULL
            THEN jsonb_build_array(coalesce(c.manager, ''), s2.manager) END,
        'manager_code', CASE WHEN s2.manager_code IS DISTINCT FROM c.manager_code AND s2.manager_code IS NOT NULL
            THEN jsonb_build_array(coalesce(c.manager_code, ''), s2.manager_code) END,
        'note', CASE WHEN s2.note IS DISTINCT FROM c.note AND s2.note IS NOT NULL THEN jsonb_build_array(coalesce(c.note, ''), s2.note) END,
        'installed_on', CASE WHEN s2.installed_on IS DISTINCT FROM c.installed_on AND s2.installed_on IS NOT NULL
            THEN jsonb_build_array(coalesce(c.installed_on::text, ''), s2.installed_on::text) END,
        'attributes', CASE WHEN s2.attributes IS NOT NULL AND NOT c.attributes @> s2.attributes
            THEN jsonb_build_array(c.attributes, c.attributes || s2.attributes) END,
        'position', CASE WHEN ST_DistanceSphere(c.geom, ST_SetSRID(ST_MakePoint(s2.lon, s2.lat), 4326)) > %(moved_m)s
            THEN jsonb_build_array(
                jsonb_build_array(round(ST_X(c.geom)::numeric, 8), round(ST_Y(c.geom)::numeric, 8)),
                jsonb_build_array(round(s2.lon::numeric, 8), round(s2.lat::numeric, 8))) END
    )) AS changes
    FROM surveyed AS s2 WHERE s2.component_id = c.id AND s2.verdict IS NULL
) AS d
WHERE s.component_id = c.id AND s.verdict IS NULL AND s.row_number = d.row_number;
