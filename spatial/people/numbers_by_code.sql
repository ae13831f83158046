SELECT (SELECT id FROM organisation WHERE code = %(organisation)s),
       (SELECT id FROM worker WHERE code = %(worker)s);
