SELECT (SELECT o.id FROM organisation AS o WHERE o.id = %(organisation)s),
       (SELECT w.id FROM worker AS w WHERE w.id = %(worker)s),
       (SELECT w.organisation_id FROM worker AS w WHERE w.id = %(worker)s);
