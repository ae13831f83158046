UPDATE organisation SET
    name = coalesce(%(name)s, name), name_en = coalesce(%(name_en)s, name_en), kind = coalesce(%(kind)s, kind)
WHERE id = %(id)s
RETURNING id, code, name, name_en, kind;
