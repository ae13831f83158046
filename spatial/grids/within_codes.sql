SELECT code
FROM unit_version
WHERE coverage = %(within)s AND level = %(level)s AND upper_inf(sys) AND valid @> %(valid_from)s::timestamptz;
