SELECT day, working, name FROM working_day ORDER BY day;
