-- Those that have waited longest and were in nobody's hands ever.
DELETE FROM device
WHERE id IN (
    SELECT d.id
    FROM device AS d
    WHERE d.state = 'waiting' AND d.protocol = %(protocol)s AND d.attributes -> 'expected' IS NULL
      AND NOT EXISTS (SELECT FROM device_carrier AS c WHERE c.device_id = d.id)
    ORDER BY d.created_at, d.id
    LIMIT %(going)s
    FOR UPDATE SKIP LOCKED);
