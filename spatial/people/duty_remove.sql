DELETE FROM duty WHERE id = %(id)s AND (%(edition)s::integer IS NULL OR edition = %(edition)s);
