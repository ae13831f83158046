COPY draft_arc (start_lon, start_lat, end_lon, end_lat, geom, left_unit, right_unit) FROM STDIN
