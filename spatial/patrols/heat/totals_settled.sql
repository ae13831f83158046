DELETE FROM heat_late WHERE day >= %(first_day)s AND day < %(until)s AND owed = '{}';
