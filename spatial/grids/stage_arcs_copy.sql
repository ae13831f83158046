COPY draft_arc (start_lon, start_lat, end_lon, end_lat, geom, left_code, right_code) FROM STDIN
