INSERT INTO heat_total (level, days, first_day, by_unit, piece, west, north, east, south, entries)
VALUES (%(level)s, %(days)s, %(first_day)s, %(by_unit)s, %(piece)s, %(west)s, %(north)s, %(east)s, %(south)s, %(entries)s);
