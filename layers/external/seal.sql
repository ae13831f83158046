-- What it is opened with is sealed for its row, and so comes after the row.
UPDATE external_source SET secret_kind = %(secret_kind)s, secret_cipher = %(secret_cipher)s WHERE id = %(id)s;
