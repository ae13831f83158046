-- Whose cries for help are not closed.
SELECT string_agg(int8send(c.mover_id), ''::bytea ORDER BY c.mover_id)
FROM cry AS c
WHERE c.state <> 'closed' AND c.mover_id IS NOT NULL;
