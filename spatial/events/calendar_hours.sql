SELECT weekday, opens, closes FROM working_hours ORDER BY weekday, opens;
