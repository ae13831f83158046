"""Geometry on its way into a tile: projected, thinned to what can be seen, written as MVT."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from layers.catalogue import Layer
from spatial.database import query, quoted
from spatial.geometry.tile_matrix import Tile
from tiles.rows import LON_LAT, is_unit_layer

EXTENT = 4096
"""Units along a tile's side."""
BUFFER = 64
"""Units beyond each side that still belong to the tile, so that lines and circles are not cut at edges."""
SHOWN_PIXELS = 512
"""Pixels along a tile's side as maps draw it."""

_POLES = (
    "CASE WHEN ST_YMax({shape}) > 85.06 OR ST_YMin({shape}) < -85.06"
    " THEN ST_ClipByBox2D({shape}, ST_MakeEnvelope(-180, -85.06, 180, 85.06, 4326)) ELSE {shape} END"
)
"""Web Mercator has no poles, and PROJ refuses them."""


def tile_values(tile: Tile, source_layer: str) -> dict[str, Any]:
    """Give the bound values of every statement that writes a tile."""
    left, bottom, right, top = tile.box()
    return {
        "left": left, "bottom": bottom, "right": right, "top": top, "tile_srid": tile.matrix.srid,
        "extent": EXTENT, "buffer": BUFFER, "source_layer": source_layer,
    }  # fmt: skip


def pixel(tile: Tile) -> float:
    """Give the width of a shown pixel in degrees of longitude."""
    return 360.0 / float(2**tile.detail) / SHOWN_PIXELS


def lonlat_shape(layer: Layer) -> sql.Composable:
    """Write the geometry in degrees, flat and without arcs."""
    shape: sql.Composable = quoted(layer.geometry_column)
    if layer.geometry_type != "point":
        shape = sql.SQL("ST_CurveToLine({})").format(shape)
    if layer.srid in LON_LAT:
        return shape if layer.srid == 4326 else sql.SQL("ST_SetSRID({}, 4326)").format(shape)
    return sql.SQL("ST_Transform({}, 4326)").format(shape)


def thinned(layer: Layer, shape: sql.Composable, step: float) -> sql.Composable:
    """Write a shape in degrees with vertices `step` degrees apart at least; 0 leaves it as it is.

    Areas move their vertices to a grid: neighbours share vertices, so they move alike and leave no gap, which
    simplifying each by itself would. Lines lose the vertices that they hardly bend at.
    """
    if not step or layer.geometry_type == "point":
        return shape
    if layer.geometry_type == "line":
        return sql.SQL("ST_Simplify({}, {}, true)").format(shape, sql.Literal(step))
    return sql.SQL("ST_SnapToGrid({}, {})").format(shape, sql.Literal(step))


def projected(layer: Layer, shape: sql.Composable, tile: Tile) -> sql.Composable:
    """Write a shape in degrees in the system of the tile."""
    if tile.matrix.srid == 4326:
        return shape
    if layer.geometry_type != "point":
        shape = sql.SQL(_POLES).format(shape=shape)
    return sql.SQL("ST_Transform({}, {})").format(shape, sql.Literal(tile.matrix.srid))


def large_enough(layer: Layer, degrees: float) -> sql.Composable:
    """Write the condition that a shape is as wide or high as `degrees`; points and units always are."""
    if not degrees or layer.geometry_type == "point" or is_unit_layer(layer):
        return sql.SQL("true")
    least = degrees if layer.srid in LON_LAT else degrees * 111_320.0
    return sql.SQL(
        "(ST_XMax({shape}) - ST_XMin({shape}) >= {least} OR ST_YMax({shape}) - ST_YMin({shape}) >= {least}"
        " OR ST_Dimension({shape}) = 0)"
    ).format(shape=quoted(layer.geometry_column), least=sql.Literal(least))


def draw_points(
    connection: Connection[Any],
    source_layer: str,
    ids: list[int | None],
    properties: list[str],
    xy: tuple[list[float], list[float]],
) -> bytes:
    """Write points in units of the tile, with their attributes as JSON texts; empty bytes for none."""
    if not properties:
        return b""
    values = {"ids": ids, "properties": properties, "x": xy[0], "y": xy[1]}
    values |= {"source_layer": source_layer, "extent": EXTENT}
    return made(connection.execute(query("tiles", "points"), values).fetchone())


def made(row: Any) -> bytes:
    """Take the tile out of a row; empty bytes for none."""
    return bytes(row[0]) if row and row[0] else b""
