-- All themes of the base map in one tile: MVT layers one after another are one valid tile.
WITH found AS (
    SELECT theme, kind, name, name_en, generated, ST_AsMVTGeom(
        ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
    ) AS geom
    FROM basemap_feature
    WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AND min_zoom <= %(z)s
), layered AS (
    SELECT ST_AsMVT(f, t.theme, %(extent)s, 'geom') AS tile
    FROM (SELECT DISTINCT theme FROM found) AS t
    CROSS JOIN LATERAL (
        SELECT kind, name, name_en, generated, geom
        FROM found
        WHERE found.theme = t.theme AND geom IS NOT NULL
    ) AS f
    GROUP BY t.theme
)
SELECT string_agg(tile, ''::bytea) FROM layered;
