-- Write what is new under the code that the file has, so that it becomes the former one where it is renewed.
WITH made AS (
    INSERT INTO component (
        code, profile, class_code, name, state, owner, owner_code, upkeep, upkeep_code, manager, manager_code, note,
        installed_on, surveyed_on, organisation_id, unit_code, source, attributes, geom
    )
    SELECT coalesce(s.was_code, s.code), s.profile, s.class_code, coalesce(s.name, k.name), coalesce(s.state, 'intact'),
           s.owner, s.owner_code, s.upkeep, s.upkeep_code, s.manager, s.manager_code, s.note, s.installed_on, %(day)s,
           %(organisation)s, s.unit_code, %(source)s, coalesce(s.attributes, '{}'),
           ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326)
    FROM surveyed AS s
    JOIN component_class AS k ON k.code = s.class_code
    WHERE s.verdict = 'new'
    ORDER BY s.row_number
    RETURNING id, code
)
UPDATE surveyed AS s SET component_id = m.id
FROM made AS m
WHERE s.verdict = 'new' AND m.code = coalesce(s.was_code, s.code);
UPDATE component AS c SET code = s.code, profile = %(profile)s
FROM surveyed AS s
WHERE s.verdict = 'new' AND s.was_code IS NOT NULL AND s.was_code <> s.code AND c.id = s.component_id;
UPDATE component AS c SET
    name = coalesce(s.name, c.name), state = coalesce(s.state, c.state),
    owner = coalesce(s.owner, c.owner), owner_code = coalesce(s.owner_code, c.owner_code),
    upkeep = coalesce(s.upkeep, c.upkeep), upkeep_code = coalesce(s.upkeep_code, c.upkeep_code),
    manager = coalesce(s.manager, c.manager), manager_code = coalesce(s.manager_code, c.manager_code),
    note = coalesce(s.note, c.note), installed_on = coalesce(s.installed_on, c.installed_on),
    attributes = c.attributes || coalesce(s.attributes, '{}'),
    unit_code = CASE WHEN s.changes ? 'position' THEN s.unit_code ELSE c.unit_code END,
    geom = CASE WHEN s.changes ? 'position' THEN ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326) ELSE c.geom END,
    changed_on = %(day)s, surveyed_on = %(day)s
FROM surveyed AS s
WHERE s.verdict = 'changed' AND c.id = s.component_id;
UPDATE survey_report AS r SET component_id = s.component_id, code = s.code,
       detail = CASE WHEN s.was_code IS NULL OR s.was_code = s.code THEN r.detail
                     ELSE r.detail || jsonb_build_object('former_code', s.was_code) END
FROM surveyed AS s
WHERE r.verdict = 'new' AND s.row_number = r.row_number;
