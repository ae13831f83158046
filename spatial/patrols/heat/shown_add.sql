INSERT INTO heat_shown (level, first_day, unit_code, west, north, east, south, entries)
VALUES (%(level)s, %(first_day)s, %(unit_code)s, %(west)s, %(north)s, %(east)s, %(south)s, %(entries)s);
