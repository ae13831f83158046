-- Binary and of one width a row, so that NumPy reads it as it is: what is null has a value that says so.
COPY (
    SELECT time, mark, coalesce(device_id, 0), lon, lat,
           coalesce(speed_mps, 'NaN'), coalesce(course_deg, 'NaN'), coalesce(accuracy_m, 'NaN'), datum, source, gate,
           flags, convert_to(rpad(coalesce(unit_code, ''), 32), 'UTF8')
    FROM fix
    WHERE mover_id = %(mover)s AND time >= %(begin)s AND time < %(until)s
    ORDER BY time, mark
) TO STDOUT (FORMAT binary)
