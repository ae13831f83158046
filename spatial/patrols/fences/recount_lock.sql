SELECT f.movers, ST_XMin(b.box) AS west, ST_YMin(b.box) AS south, ST_XMax(b.box) AS east, ST_YMax(b.box) AS north
FROM fence AS f, LATERAL (SELECT ST_Expand(f.geom, %(reach)s) AS box) AS b
WHERE f.id = %(id)s AND f.recount_day = %(day)s
FOR UPDATE OF f;
