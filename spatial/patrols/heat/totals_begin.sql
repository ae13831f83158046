INSERT INTO heat_summed (days, first_day) VALUES (%(days)s, %(first_day)s);
