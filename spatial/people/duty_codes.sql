SELECT 'organisation', code, id FROM organisation
UNION ALL
SELECT 'worker', code, id FROM worker;
