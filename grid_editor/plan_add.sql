INSERT INTO plan (coverage, title, basis, origin, base_version, drafter_id, drafter, unit_code, effective_at, counter_of)
VALUES (%(coverage)s, %(title)s, %(basis)s, %(origin)s, %(base_version)s, %(drafter_id)s, %(drafter)s, %(unit_code)s,
        %(effective_at)s, %(counter_of)s)
RETURNING id;
