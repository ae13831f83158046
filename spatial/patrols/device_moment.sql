-- From when on a device is somebody's who was given it without a word of when.
SELECT CASE WHEN d.state = 'waiting' AND NOT EXISTS (SELECT FROM device_carrier AS c WHERE c.device_id = d.id)
            THEN d.created_at - %(before)s ELSE now() END
FROM device AS d
WHERE d.id = %(id)s;
