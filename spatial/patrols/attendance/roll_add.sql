INSERT INTO roll_call (name, unit_code, organisation_id, times, days, grace_min, counts, account_id, username)
VALUES (%(name)s, %(unit_code)s, %(organisation_id)s, %(times)s, %(days)s, %(grace_min)s, %(counts)s, %(account_id)s,
        %(username)s)
RETURNING id;
