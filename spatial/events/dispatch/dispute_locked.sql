SELECT state FROM dispute WHERE id = %(id)s FOR UPDATE;
