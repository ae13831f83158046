SELECT day, working FROM working_day ORDER BY day;
