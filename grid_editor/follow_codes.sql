-- What is kept by the code of a grid goes with the grid when it gets another code. A code is given once, so the
-- one that stands in a row names one unit for ever; a unit that has retired keeps its rows. From the few codes
-- that are in use and no longer in force on, so that nothing is joined with all units.
WITH stale AS MATERIALIZED (
    (SELECT unit_code AS old FROM duty UNION SELECT unit_code FROM worker UNION SELECT area FROM account
     UNION SELECT unit_code FROM plan)
    EXCEPT
    SELECT code FROM unit_version
    WHERE coverage = 'grids' AND upper_inf(sys) AND valid @> clock_timestamp()
), changed AS MATERIALIZED (
    SELECT s.old, v.code AS new
    FROM stale AS s
    JOIN issued_code AS i ON i.profile = 'grids' AND i.code = s.old
    JOIN unit_version AS v ON v.unit_id = i.unit_id
    WHERE upper_inf(v.sys) AND v.valid @> clock_timestamp()
), duties AS (
    UPDATE duty AS d SET unit_code = c.new FROM changed AS c WHERE d.unit_code = c.old RETURNING 1
), workers AS (
    UPDATE worker AS w SET unit_code = c.new FROM changed AS c WHERE w.unit_code = c.old RETURNING 1
), accounts AS (
    UPDATE account AS a SET area = c.new FROM changed AS c WHERE a.area = c.old RETURNING 1
), plans AS (
    UPDATE plan AS p SET unit_code = c.new FROM changed AS c WHERE p.unit_code = c.old RETURNING 1
)

SELECT (SELECT count(*) FROM duties) + (SELECT count(*) FROM workers), (SELECT count(*) FROM accounts);
