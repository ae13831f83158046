INSERT INTO resource (kind, name, name_en, state, capacity, unit_of_measure, organisation_id, phone, opening,
                      address, geom, area, unit_code, source, attributes)
VALUES (%(kind)s, %(name)s, %(name_en)s, %(state)s, %(capacity)s, %(unit_of_measure)s, %(organisation_id)s,
        %(phone)s, %(opening)s, %(address)s, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326),
        ST_GeomFromWKB(%(area)s::bytea, 4326), %(unit_code)s, %(source)s, %(attributes)s)
RETURNING id;
