SELECT asked, problem, result FROM process_job WHERE number = %(number)s;
