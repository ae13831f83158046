SELECT base_unit, unit_id
FROM composition
WHERE coverage = %(coverage)s AND upper_inf(sys) AND upper_inf(valid);
