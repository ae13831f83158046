-- A point inside every unit of a level at a moment.
SELECT unit_id, ST_X(label), ST_Y(label)
FROM unit_version
WHERE coverage = %(coverage)s AND level = %(level)s AND upper_inf(sys) AND valid @> %(at)s::timestamptz;
