INSERT INTO fix (mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum, speed_mps, course_deg, accuracy_m,
                 altitude_m, battery_pct, source, gate, flags, unit_code, received_at)
SELECT mover_id, time, mark, device_id, lon, lat, source_lon, source_lat, datum, speed_mps, course_deg, accuracy_m,
       altitude_m, battery_pct, source, gate, flags, unit_code, received_at
FROM pg_temp.fix_restored
ON CONFLICT DO NOTHING;
