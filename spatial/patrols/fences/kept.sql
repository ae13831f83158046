-- What was said of those that were taken out of use stays.
SELECT v.fence_id, v.since, v.last_at, v.until, v.ended, v.probability, v.fixes
FROM fence_visit AS v
JOIN fence AS f ON f.id = v.fence_id
WHERE v.mover_id = %(mover)s AND v.day = %(day)s AND f.retired_at IS NULL
ORDER BY v.fence_id, v.since;
