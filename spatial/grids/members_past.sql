-- What was just closed in system time is believed from now on with its end in valid time.
INSERT INTO composition (coverage, unit_id, base_unit, valid, sys)
SELECT coverage, unit_id, base_unit, tstzrange(lower(valid), %(valid_from)s), tstzrange(%(recorded)s, NULL)
FROM composition
WHERE coverage = %(coverage)s AND base_unit = ANY (%(changed)s::uuid[]) AND upper(sys) = %(recorded)s
  AND upper_inf(valid) AND lower(valid) < %(valid_from)s;
