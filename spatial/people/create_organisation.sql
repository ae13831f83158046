INSERT INTO organisation (code, name, name_en, kind)
VALUES (%(code)s, %(name)s, %(name_en)s, %(kind)s)
RETURNING id, code, name, name_en, kind;
