"""Vector tiles (MVT) of a layer, made by PostGIS.

No tile is larger than MOST_BYTES. Points are counted by cell below POINTS_FROM_ZOOM, and where they stand so
close that they do not fit: then a cell with one point is that point, and one with several carries their
`count`. Of lines and areas the smallest are left out where not all fit. So no point is ever lost.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from layers.catalogue import Layer
from spatial.database import query, quoted
from spatial.geometry.tile_matrix import Tile
from tiles import overview, shifted
from tiles.drawing import (
    BUFFER,
    EXTENT,
    large_enough,
    lonlat_shape,
    made,
    pixel,
    projected,
    thinned,
    tile_values,
)
from tiles.rows import PLAIN, Variant, carried, has_numbers, is_unit_layer, rows_in

__all__ = [
    "BUFFER",
    "EXTENT",
    "MAX_ZOOM",
    "MEDIA_TYPE",
    "POINTS_FROM_ZOOM",
    "Tile",
    "layer_tile",
    "make_tile",
]

MAX_ZOOM = 22
POINTS_FROM_ZOOM = 14
"""From here on a point layer shows single features; below, `tiles.overview` counts them."""
THINNED_BELOW = 14
"""Below this zoom lines and areas lose what is finer than half a pixel."""

MOST_POINTS = 4_000
"""Most single points of a tile; where there are more they are counted by cell."""
MOST_SHAPES = 50_000
MOST_BYTES = 300_000
COARSER = (1, 4, 16)
"""Pixels below which lines and areas are left out of a tile that is too large, one after the other."""

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


def make_tile(connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant = PLAIN) -> bytes:
    """Make a tile as maps should get it: counted from afar, single features from near; b"" for nothing."""
    if layer.geometry_type == "point" and tile.detail < POINTS_FROM_ZOOM:
        return overview.overview_tile(connection, layer, tile, variant)
    return layer_tile(connection, layer, tile, variant)


def layer_tile(connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant = PLAIN) -> bytes:
    """Make the tile of single features, as many as it may hold; empty bytes where there is nothing.

    Unit layers bring a second source layer `<name>_label` with one point a unit.
    """
    connection.execute(query("tiles", "settings"))
    labels = _labels(connection, layer, tile, variant) if is_unit_layer(layer) else b""
    if layer.geometry_type == "point":
        drawn = _features(connection, layer, tile, variant, MOST_POINTS, 0.0, 0.0)
    else:
        drawn = _shapes(connection, layer, tile, variant, MOST_BYTES - len(labels))
    return labels + (overview.dense_tile(connection, layer, tile, variant) if drawn is None else drawn)


def _shapes(
    connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant, most_bytes: int
) -> bytes | None:
    """Draw lines and areas, coarser and coarser until they fit; None when they never do."""
    if tile.detail >= THINNED_BELOW:
        drawn = _features(connection, layer, tile, variant, MOST_SHAPES, 0.0, 0.0, most_bytes)
        if drawn is not None:
            return drawn
    for pixels in COARSER:
        least = pixels * pixel(tile)
        drawn = _features(
            connection, layer, tile, variant, MOST_SHAPES, least, max(least / 4, pixel(tile) / 2), most_bytes
        )
        if drawn is not None or is_unit_layer(layer):
            return drawn or b""
    return None


def _features(
    connection: Connection[Any],
    layer: Layer,
    tile: Tile,
    variant: Variant,
    most: int,
    least: float,
    step: float,
    most_bytes: int = MOST_BYTES,
) -> bytes | None:
    """Draw features of at least `least` degrees with steps of `step`; None: too many or too large."""
    make = shifted.shifted_tile if variant.is_shifted else _plain
    shape = thinned(layer, lonlat_shape(layer), step)
    drawn, seen = make(connection, layer, tile, variant, shape, large_enough(layer, least), most + 1)
    return drawn if seen <= most and len(drawn) <= most_bytes else None


def _plain(
    connection: Connection[Any],
    layer: Layer,
    tile: Tile,
    variant: Variant,
    shape: sql.Composable,
    test: sql.Composable,
    most: int,
) -> tuple[bytes, int]:
    """Draw in the database alone; returns the tile and how many features were found."""
    rows = rows_in(layer, tile.bounds(BUFFER / EXTENT), variant)
    names: list[sql.Composable] = [*map(quoted, carried(layer, variant))]
    columns = [*names, quoted(layer.geometry_column)]
    if has_numbers(layer):
        columns.append(sql.SQL("{}::bigint AS {}").format(quoted(layer.id_column), sql.Identifier(_ID)))
        names.append(sql.Identifier(_ID))
    text = sql.SQL(query("tiles", "shapes")).format(
        columns=sql.SQL(", ").join(columns),
        names=sql.SQL(", ").join(names),
        relation=rows.relation,
        where=sql.SQL("{} AND {}").format(rows.where, test),
        shape=projected(layer, shape, tile),
        identifier=sql.Literal(_ID) if has_numbers(layer) else sql.SQL("NULL"),
    )
    values = {**rows.values, **tile_values(tile, layer.name), "most": most}
    row = connection.execute(text, values).fetchone()
    return made(row), int(row[1]) if row else 0


_ID = "citygrid id"


def _labels(connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant) -> bytes:
    if variant.is_shifted:
        return shifted.shifted_labels(connection, layer, tile, variant)
    box = tile.bounds(BUFFER / EXTENT)
    rows = rows_in(layer, box, Variant())
    columns = sql.SQL(", ").join(map(quoted, carried(layer, variant)))
    text = sql.SQL(query("tiles", "label_tile")).format(
        columns=columns, names=columns, relation=rows.relation, where=rows.where
    )
    values = {**rows.values, **box._asdict(), **tile_values(tile, f"{layer.name}_label")}
    return made(connection.execute(text, values).fetchone())
