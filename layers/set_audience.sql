UPDATE layer SET audience = %(audience)s WHERE name = %(layer)s AND audience <> %(audience)s;
