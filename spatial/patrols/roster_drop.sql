DELETE FROM roster_policy WHERE organisation_id = (SELECT id FROM organisation WHERE code = %(organisation)s);
