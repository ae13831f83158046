-- All relations that a view reads, through other views, too.
WITH RECURSIVE stands (oid) AS (
    SELECT %(oid)s::oid
    UNION
    SELECT d.refobjid
    FROM stands AS s
    JOIN pg_rewrite AS r ON r.ev_class = s.oid
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                       AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> s.oid
)
SELECT n.nspname, c.relname, c.relkind::text, pg_has_role(c.relowner, 'USAGE')
FROM stands AS s
JOIN pg_class AS c ON c.oid = s.oid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
ORDER BY 1, 2;
