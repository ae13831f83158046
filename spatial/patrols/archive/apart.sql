UPDATE archive_day SET apart = %(fixes)s WHERE day = %(day)s;
