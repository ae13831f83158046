SELECT max(valid_from) FROM coverage_version WHERE coverage = %(coverage)s;
