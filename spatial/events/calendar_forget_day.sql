DELETE FROM working_day WHERE day = %s;
