INSERT INTO component (
    code, profile, class_code, name, state, owner, owner_code, upkeep, upkeep_code, manager, manager_code,
    organisation_id, unit_code, installed_on, note, source, attributes, geom
) VALUES (
    %(code)s, %(profile)s, %(class_code)s, %(name)s, %(state)s, %(owner)s, %(owner_code)s, %(upkeep)s, %(upkeep_code)s,
    %(manager)s, %(manager_code)s, %(organisation_id)s, %(unit_code)s, %(installed_on)s, %(note)s, %(source)s,
    %(attributes)s, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)
) RETURNING id;
