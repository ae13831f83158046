-- Which components a row may be of by class and place: rows without a code, or those that were rejected, whose class
-- may be what is wrong with them.
DROP TABLE IF EXISTS survey_near;
CREATE TEMPORARY TABLE survey_near (row_number integer, id bigint, metres double precision) ON COMMIT DROP;
INSERT INTO survey_near
SELECT s.row_number, c.id, p.metres
FROM surveyed AS s
JOIN component AS c
    ON c.geom && ST_MakeEnvelope(
        s.lon - %(match_m)s / (111000 * cos(radians(least(abs(s.lat) + 0.1, 89)))), s.lat - %(match_m)s / 110000,
        s.lon + %(match_m)s / (111000 * cos(radians(least(abs(s.lat) + 0.1, 89)))), s.lat + %(match_m)s / 110000, 4326)
CROSS JOIN LATERAL (
    SELECT ST_DistanceSphere(c.geom, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326)) AS metres
) AS p
WHERE s.component_id IS NULL AND p.metres <= %(match_m)s
  AND CASE WHEN %(rejected)s THEN s.verdict = 'rejected' ELSE s.verdict IS NULL AND s.code IS NULL END
  AND (c.class_code = s.class_code OR (s.class_code IS NULL AND s.verdict = 'rejected'));
ANALYZE survey_near;
