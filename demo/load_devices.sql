-- A phone for each of these workers, in their hands since some days.
WITH walker AS (
    SELECT w.code, m.id AS mover_id
    FROM worker AS w
    JOIN mover AS m ON m.worker_id = w.id
    WHERE w.code = ANY (%(codes)s)
), phone AS (
    INSERT INTO device (protocol, identity, name, state)
    SELECT 'own', 'demo-' || code, '演示手机 ' || code, 'active' FROM walker ORDER BY code
    RETURNING id, identity
), carried AS (
    INSERT INTO device_carrier (device_id, mover_id, since)
    SELECT p.id, w.mover_id, %(since)s FROM phone AS p JOIN walker AS w ON p.identity = 'demo-' || w.code
)
SELECT w.code, w.mover_id, p.id FROM phone AS p JOIN walker AS w ON p.identity = 'demo-' || w.code
