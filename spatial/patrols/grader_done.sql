-- What has come since `marks` was read leaves the day dirty, behind all others.
WITH done AS (
    DELETE FROM track_dirty WHERE mover_id = %(mover)s AND day = %(day)s AND marks = %(marks)s
)
UPDATE track_dirty SET since = now() WHERE mover_id = %(mover)s AND day = %(day)s AND marks <> %(marks)s;
