-- Rows of the area, or of nobody knows where, that were rejected and are of no component that is known.
SELECT count(*), (array_agg(row_number ORDER BY row_number))[1:10]
FROM surveyed
WHERE verdict = 'rejected' AND component_id IS NULL
  AND (lon IS NULL OR %(area)s::text IS NULL
       OR ST_Covers(ST_GeomFromGeoJSON(%(area)s::text), ST_SetSRID(ST_MakePoint(lon, lat), 4326)));
