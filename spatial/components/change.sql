UPDATE component SET
    code = %(code)s, profile = %(profile)s, class_code = %(class_code)s, name = %(name)s, state = %(state)s,
    owner = %(owner)s, owner_code = %(owner_code)s, upkeep = %(upkeep)s, upkeep_code = %(upkeep_code)s,
    manager = %(manager)s, manager_code = %(manager_code)s, organisation_id = %(organisation_id)s,
    unit_code = %(unit_code)s, installed_on = %(installed_on)s, note = %(note)s, attributes = %(attributes)s,
    geom = ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), changed_on = (now() AT TIME ZONE 'Asia/Shanghai')::date
WHERE id = %(id)s;
