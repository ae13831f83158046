SELECT code FROM heat_unit
WHERE %(unit)s::text IS NULL OR (code >= %(unit)s AND code < %(unit_until)s);
