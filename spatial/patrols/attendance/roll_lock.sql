SELECT id, name, unit_code, organisation_id, times, days, grace_min, counts, retired, edition, taken_until
FROM roll_call WHERE id = %(id)s FOR UPDATE;
