-- What was not compared yet comes again.
WITH seen AS (
    SELECT *
    FROM unnest(%(ids)s::bigint[], %(shares)s::smallint[], %(nexts)s::timestamptz[], %(overs)s::boolean[])
        AS s (event_id, share, next_at, is_over)
), gone AS (
    DELETE FROM event_watch AS w USING seen AS s WHERE w.event_id = s.event_id AND s.is_over AND w.compared
)

UPDATE event_watch AS w
SET share = s.share, next_at = CASE WHEN w.compared THEN coalesce(s.next_at, 'infinity') ELSE w.next_at END
FROM seen AS s
WHERE w.event_id = s.event_id AND NOT (s.is_over AND w.compared);
