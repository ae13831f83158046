SELECT code FROM issued_code
WHERE profile = %(coverage)s AND (%(parent)s::text IS NULL OR code ^@ %(parent)s::text);
