INSERT INTO fence (name, geom, radius_m, place_id, unit_code, organisation_id, movers, starts, ends, days, weekdays,
                   min_dwell_s, join_s, worst_accuracy_m, notices, note, recount_day, account_id, username)
VALUES (%(name)s, ST_GeomFromWKB(%(geom)s, 4326), %(radius_m)s, %(place_id)s, %(unit_code)s, %(organisation_id)s,
        %(movers)s, %(starts)s, %(ends)s, %(days)s, %(weekdays)s, %(min_dwell_s)s, %(join_s)s, %(worst_accuracy_m)s,
        %(notices)s, %(note)s, %(recount_day)s, %(account_id)s, %(username)s)
RETURNING id;
