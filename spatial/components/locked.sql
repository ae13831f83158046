SELECT id, code, profile, class_code, name, state, owner, owner_code, upkeep, upkeep_code, manager, manager_code,
       organisation_id, unit_code, installed_on, note, attributes, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM component
WHERE id = %(id)s
FOR UPDATE;
