UPDATE roll_call
SET name = %(name)s, unit_code = %(unit_code)s, organisation_id = %(organisation_id)s, times = %(times)s, days = %(days)s,
    grace_min = %(grace_min)s, counts = %(counts)s, retired = %(retired)s, taken_until = %(taken_until)s,
    edition = edition + 1
WHERE id = %(id)s;
