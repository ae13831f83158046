-- The label point of every unit that lies in this tile and in no other (no buffer, half-open edges).
WITH near AS MATERIALIZED (
    SELECT {columns}, ST_Transform(label, %(tile_srid)s) AS "citygrid shape"
    FROM {relation}
    WHERE {where} AND label && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
), "citygrid row" AS (
    SELECT {names}, ST_AsMVTGeom(
        "citygrid shape", ST_MakeEnvelope(%(left)s, %(bottom)s, %(right)s, %(top)s, %(tile_srid)s), %(extent)s,
        %(buffer)s
    ) AS "citygrid drawn"
    FROM near
    WHERE ST_X("citygrid shape") >= %(left)s AND ST_X("citygrid shape") < %(right)s
      AND ST_Y("citygrid shape") > %(bottom)s AND ST_Y("citygrid shape") <= %(top)s
)
SELECT ST_AsMVT("citygrid row", %(source_layer)s, %(extent)s, 'citygrid drawn') FROM "citygrid row";
