INSERT INTO patrol_plan (name, kind, unit_code, organisation_id, valid_from, valid_until, starts, ends, period, days,
                         weekdays, every, rounds, together, rules, note, account_id, username)
VALUES (%(name)s, %(kind)s, %(unit_code)s, %(organisation_id)s, %(valid_from)s, %(valid_until)s, %(starts)s, %(ends)s,
        %(period)s, %(days)s, %(weekdays)s, %(every)s, %(rounds)s, %(together)s, %(rules)s, %(note)s, %(account_id)s,
        %(username)s)
RETURNING id;
