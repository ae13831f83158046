-- What would let a role pass by the policies: rights of its own, or those of an owner it belongs to.
SELECT r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT FROM pg_class AS c
               WHERE c.relnamespace = to_regnamespace('city') AND c.relkind IN ('r', 'p', 'v')
                 AND pg_has_role(r.oid, c.relowner, 'MEMBER')),
       r.rolinherit
FROM pg_roles AS r
WHERE r.rolname = %(role)s;
