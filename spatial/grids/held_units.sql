-- What is in force to the end of time, as believed now.
SELECT level, code, parent_code, name, name_en, generated, evidence, unit_id
FROM unit_version
WHERE coverage = %(coverage)s AND upper_inf(sys) AND upper_inf(valid)
ORDER BY level DESC, code;
