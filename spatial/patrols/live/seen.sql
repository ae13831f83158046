-- Whom somebody may see; the policy of where they were last asks for nothing else.
SELECT string_agg(int8send(m.id), ''::bytea ORDER BY m.id) FROM mover AS m;
