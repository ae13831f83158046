-- Whether a device is in somebody's hands now.
SELECT EXISTS (
    SELECT FROM device_carrier
    WHERE device_id = %(device)s AND mover_id = %(mover)s AND tstzrange(since, until) @> now()
);
