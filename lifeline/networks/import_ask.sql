INSERT INTO network_import (name, organisation_id, account_id, username, filename, file, bytes, digest, wish)
VALUES (%(name)s, %(organisation_id)s, %(account_id)s, %(username)s, %(filename)s, %(file)s, %(bytes)s, %(digest)s,
        %(wish)s)
RETURNING id;
