SELECT valid_from FROM coverage_version WHERE coverage = %(coverage)s AND id = %(version)s;
