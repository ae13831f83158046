UPDATE composition SET sys = tstzrange(lower(sys), %(recorded)s)
WHERE coverage = %(coverage)s AND base_unit = ANY (%(changed)s::uuid[]) AND upper_inf(sys) AND upper_inf(valid);
