DELETE FROM layer WHERE name LIKE 'ogc\_test\_%';
DROP VIEW IF EXISTS ogc_test_mirror;
DROP TABLE IF EXISTS ogc_test_plots, ogc_test_sightings, ogc_test_late;
