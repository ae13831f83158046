-- Binary and of one width a row; what is null is zero, and has a bit in the last column. A code that is no plain text
-- of 32 signs has a bit as well.
COPY (
    SELECT mover_id, time, mark, coalesce(device_id, 0), lon, lat, coalesce(source_lon, 0), coalesce(source_lat, 0),
           datum, coalesce(speed_mps, 0), coalesce(course_deg, 0), coalesce(accuracy_m, 0), coalesce(altitude_m, 0),
           coalesce(battery_pct, 0::smallint), source, gate, flags,
           convert_to(rpad(CASE WHEN octet_length(unit_code) <= 32 AND octet_length(unit_code) = length(unit_code)
                                THEN unit_code ELSE '' END, 32), 'UTF8'),
           received_at,
           ((device_id IS NULL)::integer | ((source_lon IS NULL)::integer << 1) | ((source_lat IS NULL)::integer << 2)
            | ((speed_mps IS NULL)::integer << 3) | ((course_deg IS NULL)::integer << 4)
            | ((accuracy_m IS NULL)::integer << 5) | ((altitude_m IS NULL)::integer << 6)
            | ((battery_pct IS NULL)::integer << 7) | ((unit_code IS NULL)::integer << 8)
            | (coalesce(octet_length(unit_code) > 32 OR octet_length(unit_code) <> length(unit_code), false)::integer << 9)
           )::smallint
    FROM fix
    WHERE time >= %(begin)s AND time < %(until)s AND mover_id >= %(first)s AND mover_id <= %(last)s
    ORDER BY mover_id, time, mark
) TO STDOUT (FORMAT binary)
