UPDATE observation
SET result = %(result)s, result_other = %(other)s::jsonb, result_time = %(result_time)s,
    result_quality = %(quality)s::jsonb, valid_from = %(valid_from)s, valid_until = %(valid_until)s,
    parameters = %(parameters)s::jsonb, feature_id = %(feature)s
WHERE datastream_id = %(datastream)s AND phenomenon_time = %(begins)s;
