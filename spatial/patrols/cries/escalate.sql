-- One level up for those that wait too long: whoever else does so at once finds none of them.
WITH due AS (
    SELECT id FROM cry WHERE waiting_since <= now() - %(after)s::interval ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
    UPDATE cry AS c
    SET level = c.level + 1, waiting_since = CASE WHEN c.level + 1 < %(most)s THEN now() END
    FROM due
    WHERE c.id = due.id
    RETURNING c.id, c.mover_id, c.level
), told AS (
    INSERT INTO cry_step (cry_id, what, level) SELECT id, 'escalated', level FROM moved ORDER BY id
)
SELECT id, mover_id, level FROM moved ORDER BY id;
