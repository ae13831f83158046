INSERT INTO place (kind, name, name_en, address, risk_level, risk_reason, geom, area, unit_code, organisation_id,
                   source, attributes)
VALUES (%(kind)s, %(name)s, %(name_en)s, %(address)s, %(risk_level)s, %(risk_reason)s,
        ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), ST_GeomFromWKB(%(area)s::bytea, 4326), %(unit_code)s,
        %(organisation_id)s, %(source)s, %(attributes)s)
RETURNING id;
