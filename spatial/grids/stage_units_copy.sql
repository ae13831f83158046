COPY draft_unit (level, code, parent_code, name, name_en, generated, evidence, geom) FROM STDIN
