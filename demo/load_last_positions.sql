INSERT INTO last_position (mover_id, time, mark, lon, lat, speed_mps, course_deg, accuracy_m, battery_pct, flags,
                           unit_code, device_id, received_at)
SELECT DISTINCT ON (mover_id) mover_id, time, mark, lon, lat, speed_mps, course_deg, accuracy_m, battery_pct, flags,
       unit_code, device_id, received_at
FROM fix
WHERE gate = 0
ORDER BY mover_id, time DESC, mark DESC
