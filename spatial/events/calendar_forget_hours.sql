DELETE FROM working_hours;
