INSERT INTO heat (level, days, first_day, mover_id, west, north, east, south, ms, entries)
VALUES (%(level)s, %(days)s, %(first_day)s, %(mover)s, %(west)s, %(north)s, %(east)s, %(south)s, %(ms)s, %(entries)s)
ON CONFLICT (level, days, first_day, mover_id) DO UPDATE SET
    west = excluded.west, north = excluded.north, east = excluded.east, south = excluded.south,
    ms = excluded.ms, entries = excluded.entries;
