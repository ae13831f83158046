INSERT INTO heat_block (days, first_day) VALUES (%(days)s, %(first_day)s);
