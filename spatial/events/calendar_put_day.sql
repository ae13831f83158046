INSERT INTO working_day (day, working, name) VALUES (%s, %s, %s)
ON CONFLICT (day) DO UPDATE SET working = excluded.working, name = excluded.name;
