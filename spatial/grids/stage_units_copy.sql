COPY draft_unit (unit_id, level, code, parent_code, name, name_en, generated, evidence, geom, retired, fresh)
FROM STDIN
