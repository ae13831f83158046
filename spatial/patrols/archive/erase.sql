WITH fixes AS (DELETE FROM fix WHERE mover_id = %(mover)s RETURNING 1),
extras AS (DELETE FROM fix_extra WHERE mover_id = %(mover)s),
marks AS (DELETE FROM fix_mark WHERE mover_id = %(mover)s),
dirty AS (DELETE FROM track_dirty WHERE mover_id = %(mover)s),
days AS (DELETE FROM track_day WHERE mover_id = %(mover)s RETURNING 1),
heats AS (DELETE FROM heat WHERE mover_id = %(mover)s RETURNING first_day, days),
visits AS (DELETE FROM fence_visit WHERE mover_id = %(mover)s),
happened AS (DELETE FROM happening WHERE mover_id = %(mover)s),
cries AS (UPDATE cry SET lon = NULL, lat = NULL, accuracy_m = NULL, placed_at = NULL, unit_code = NULL, note = ''
          WHERE mover_id = %(mover)s),
last AS (DELETE FROM last_position WHERE mover_id = %(mover)s),
signs AS (UPDATE sign SET lon = NULL, lat = NULL, accuracy_m = NULL WHERE mover_id = %(mover)s AND lon IS NOT NULL)
SELECT (SELECT count(*) FROM fixes), (SELECT count(*) FROM days),
       (SELECT array_agg(DISTINCT first_day + n) FROM heats, generate_series(0, days - 1) AS n);
