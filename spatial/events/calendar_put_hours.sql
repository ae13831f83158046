INSERT INTO working_hours (weekday, opens, closes) VALUES (%s, %s, %s);
