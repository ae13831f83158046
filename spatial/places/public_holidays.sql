SELECT day FROM working_day WHERE NOT working AND day BETWEEN %(first)s AND %(last)s ORDER BY day;
