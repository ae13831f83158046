SELECT id FROM alarm_state WHERE wake_at <= %(now)s ORDER BY wake_at LIMIT %(most)s;
