DELETE FROM heat_total WHERE days = %(days)s AND first_day = %(first_day)s;
