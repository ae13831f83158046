SELECT level, code, parent_code, name, name_en, generated, evidence, unit_id
FROM unit_version
WHERE coverage = %(coverage)s AND upper_inf(sys) AND valid @> %(at)s::timestamptz
ORDER BY level DESC, code;
