"""Measure where the features of a layer lie, in longitude and latitude; boxes may cross the antimeridian."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from layers.catalogue import Layer
from spatial.database import quoted
from spatial.types import BBox

HALF_TURN = 180.0
IN_DEGREES = (4326, 4490)
"""Systems whose stored x is a longitude."""

_BOX = sql.SQL("""
    SELECT ST_XMin(whole), ST_YMin(whole), ST_XMax(whole), ST_YMax(whole)
    FROM (
        SELECT CASE
            WHEN %(degrees)s THEN box
            ELSE ST_Transform(ST_Segmentize(box, greatest(ST_Perimeter(box) / 200, 0.001)), 4326)
        END AS whole
        FROM (SELECT ST_SetSRID(ST_Extent({geom})::geometry, %(srid)s::integer) AS box
              FROM {table} WHERE {only}) AS stored
    ) AS shown
""")

# A part west of Greenwich is counted one turn further east; one that lies across Greenwich stays.
_TURNED = sql.SQL("""
    SELECT min(west + turn), max(east + turn)
    FROM (
        SELECT ST_XMin(part.geom) AS west, ST_XMax(part.geom) AS east,
               CASE WHEN ST_XMax(part.geom) < 0 THEN 360 ELSE 0 END AS turn
        FROM {table}, ST_Dump({geom}) AS part
        WHERE {only}
    ) AS parts
""")


def extent(connection: Connection[Any], layer: Layer) -> BBox | None:
    """Measure the box around all features that the reader may see; None for a layer without any.

    West lies east of east when the narrowest box crosses the antimeridian: Fiji is not as wide as the world.
    """
    values = {"degrees": layer.srid in IN_DEGREES, "srid": layer.srid}
    row = connection.execute(_filled(_BOX, layer), values).fetchone()
    if row is None or row[0] is None:
        return None
    box = BBox(*row)
    if box.east - box.west <= HALF_TURN or layer.srid not in IN_DEGREES:
        return box
    return _narrower(box, connection.execute(_filled(_TURNED, layer), {}).fetchone())


def _narrower(box: BBox, turned: Any) -> BBox:
    """Take the turned box where it is narrower; both edges within ±180."""
    if turned is None or turned[0] is None:
        return box
    west, east = turned
    if east - west >= box.east - box.west or not east > HALF_TURN:
        return box
    return box._replace(west=west, east=east - 360.0)


def _filled(text: sql.SQL, layer: Layer) -> sql.Composed:
    return text.format(geom=quoted(layer.geometry_column), table=layer.table, only=layer.only)
