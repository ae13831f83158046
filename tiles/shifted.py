"""Tiles in a shifted datum, to lie over base maps that are: vertices are moved in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from psycopg import Connection, sql

from layers.catalogue import Layer
from spatial.database import query, quoted
from spatial.geometry.datum import convert, in_shift_outline
from spatial.geometry.tile_matrix import Tile
from spatial.types import BBox
from tiles.drawing import BUFFER, EXTENT, made, tile_values
from tiles.rows import Variant, carried, has_numbers, rows_in

LARGEST_SHIFT = 0.02
"""No position is shifted by more, in degrees."""
_SAMPLES = 5


def true_box(tile: Tile, variant: Variant, grow: float = 0.0) -> BBox:
    """Give the box in true degrees that holds everything shown in a tile, grown by a part of its side."""
    shown = tile.bounds(grow)
    if not variant.is_shifted:
        return shown
    lon, lat = np.meshgrid(
        np.linspace(shown.west, shown.east, _SAMPLES), np.linspace(shown.south, shown.north, _SAMPLES)
    )
    x, y = convert(lon, lat, variant.datum, "wgs84")
    shifted = in_shift_outline(lon, lat)
    # A large tile bends between the samples, and one on the outline is torn: then the largest shift is taken.
    slack = 1e-5 if shifted.all() and shown.east - shown.west < 0.1 else LARGEST_SHIFT
    return BBox(
        max(-180.0, float(x.min()) - slack),
        max(-90.0, float(y.min()) - slack),
        min(180.0, float(x.max()) + slack),
        min(90.0, float(y.max()) + slack),
    )


def shifted_tile(
    connection: Connection[Any],
    layer: Layer,
    tile: Tile,
    variant: Variant,
    shape: sql.Composable,
    test: sql.Composable,
    most: int,
) -> tuple[bytes, int]:
    """Draw shapes (in degrees) shifted; returns the tile and how many features were found."""
    box = true_box(tile, variant, 2 * BUFFER / EXTENT)
    if layer.geometry_type != "point":
        shape = sql.SQL("ST_ClipByBox2D({}, ST_MakeEnvelope({}, 4326))").format(
            shape, sql.SQL(", ").join(map(sql.Literal, box))
        )
    *read, (_, _, _, seen) = _read(
        connection, layer, variant, box, (quoted(layer.geometry_column), shape), test, most
    )
    return _written(connection, layer.name, tile, variant, read), int(seen)


def shifted_labels(connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant) -> bytes:
    """Draw the label points of units, each in the one tile that it lies in."""
    label, whole = quoted("label"), Variant(variant.datum, fields=variant.fields)
    there = sql.SQL("label IS NOT NULL")
    *read, _ = _read(connection, layer, whole, true_box(tile, variant), (label, label), there, _ALL)
    points = shapely.from_wkb([bytes(row[2]) for row in read])
    lon, lat = convert(shapely.get_x(points), shapely.get_y(points), "wgs84", variant.datum)
    across, down = tile.place(lon, lat)
    inside = (across >= 0) & (across < 1) & (down >= 0) & (down < 1)
    here = [row for row, kept in zip(read, inside.tolist(), strict=True) if kept]
    return _written(connection, f"{layer.name}_label", tile, variant, here)


_ALL = 2**31


def _read(
    connection: Connection[Any],
    layer: Layer,
    variant: Variant,
    box: BBox,
    geometry: tuple[sql.Composable, sql.Composable],
    test: sql.Composable,
    most: int,
) -> list[Any]:
    """Read identifier, attributes and shape of each feature; geometry: the column, and what is read of it."""
    rows = rows_in(layer, box, variant)
    text = sql.SQL(query("tiles", "shifted")).format(
        identifier=quoted(layer.id_column) if has_numbers(layer) else sql.SQL("NULL::bigint"),
        columns=sql.SQL(", ").join(map(quoted, carried(layer, variant))),
        geometry=geometry[0],
        shape=geometry[1],
        relation=rows.relation,
        where=sql.SQL("{} AND {}").format(rows.where, test),
    )
    return connection.execute(text, {**rows.values, "most": most}).fetchall()


def _written(
    connection: Connection[Any], source_layer: str, tile: Tile, variant: Variant, rows: list[Any]
) -> bytes:
    if not rows:
        return b""
    shapes = shapely.from_wkb([None if row[2] is None else bytes(row[2]) for row in rows])

    def move(points: Any) -> Any:
        return np.stack(convert(points[:, 0], points[:, 1], "wgs84", variant.datum), axis=-1)

    moved = shapely.to_wkb(shapely.transform(shapely.force_2d(shapes), move))
    values = {
        **tile_values(tile, source_layer),
        "ids": [row[0] for row in rows],
        "properties": [row[1] for row in rows],
        "shapes": list(moved),
    }
    return made(connection.execute(query("tiles", "shifted_tile"), values).fetchone())
