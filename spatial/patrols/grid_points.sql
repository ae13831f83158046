SELECT code, ST_X(label), ST_Y(label)
FROM unit_version
WHERE coverage = %(coverage)s AND upper_inf(sys) AND valid @> %(at)s::timestamptz;
