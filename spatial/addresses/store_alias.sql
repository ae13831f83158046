INSERT INTO address_alias (address_id, term, name, kind, valid_from, valid_until, note, source)
VALUES (%(address_id)s, %(term)s, %(name)s, %(kind)s, %(valid_from)s, %(valid_until)s, %(note)s, %(source)s)
RETURNING id;
