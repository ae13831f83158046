SELECT tolerance_m FROM coverage WHERE name = %(coverage)s
