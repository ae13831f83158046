-- What is in force of grids and micro-grids, as far as the reader may see it; shapes stay where they are.
SELECT coverage, code, area_m2
FROM unit_version
WHERE coverage IN ('grids', 'micro_grids') AND upper_inf(sys) AND valid @> now();
