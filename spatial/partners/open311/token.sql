SELECT no FROM event WHERE source = %(source)s AND external_id = %(external_id)s;
