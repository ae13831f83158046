-- One row about the city. The notes are what whoever loaded it had to say of names, extent and sources.
SELECT
    (SELECT levels FROM coverage WHERE name = %(coverage)s) AS level_names,
    (SELECT notes FROM city_note) AS notes,
    (SELECT ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)]
     FROM (SELECT ST_Extent(geom) AS e FROM unit_version
           WHERE coverage = %(coverage)s AND level = 1 AND upper_inf(sys) AND valid @> now()) AS whole
     WHERE e IS NOT NULL) AS bbox,
    (SELECT jsonb_object_agg(level, number)
     FROM (SELECT level, count(*) AS number FROM unit_version
           WHERE coverage = %(coverage)s AND upper_inf(sys) AND valid @> now() GROUP BY level) AS u) AS units,
    (SELECT jsonb_build_object(
        'events', (SELECT count(*) FROM event), 'places', (SELECT count(*) FROM place),
        'components', (SELECT count(*) FROM component), 'workers', (SELECT count(*) FROM worker))) AS counts;
