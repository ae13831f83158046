SELECT 'organisation', id, name FROM organisation
UNION ALL
SELECT 'worker', id, name FROM worker;
