-- Only what is not marked yet: an ALTER FUNCTION at every start would bloat the catalogue.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT p.oid::regprocedure AS signature
        FROM pg_operator AS o
        JOIN pg_proc AS p ON p.oid = o.oprcode
        JOIN pg_type AS l ON l.oid = o.oprleft
        JOIN pg_type AS r ON r.oid = o.oprright
        WHERE o.oprname = '&&' AND NOT p.proleakproof
          AND l.typname IN ('geometry', 'box2df') AND r.typname IN ('geometry', 'box2df')
    LOOP
        EXECUTE format('ALTER FUNCTION %s LEAKPROOF', found.signature);
    END LOOP;
END $$
