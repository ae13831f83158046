SELECT organisation_id FROM thing WHERE id = %(thing)s;
