UPDATE device SET attributes = attributes || %(attributes)s, name = CASE name WHEN '' THEN %(name)s ELSE name END
WHERE id = %(id)s;
