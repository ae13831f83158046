"""Point layers seen from afar, or where they are dense: counted by cell, so that no tile carries them all.

A cell stands where the mean of its points lies, and belongs to the tile that this lies in: every point is
counted in exactly one tile of a zoom, in any tile matrix set and datum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from psycopg import Connection, sql

from layers.catalogue import Layer
from spatial.database import query, quoted
from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import WEB_MERCATOR_QUAD, Tile
from spatial.types import BBox
from tiles.counts import CELLS, LEVELS, usable_source
from tiles.drawing import EXTENT, draw_points, lonlat_shape
from tiles.rows import PLAIN, Variant, carried, has_numbers, rows_in, stored_points
from tiles.shifted import true_box

FINER = 1
"""Zooms by which the cells of a dense tile are finer than those of an overview, or more."""


@dataclass(frozen=True)
class Cells:
    """Counted cells, (n,) each."""

    count: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    """Mean of its points."""
    lat: npt.NDArray[np.float64]
    lone: list[Any]
    """Identifier of the point in a cell of one; else, and where it is not known, None."""


def overview_tile(connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant = PLAIN) -> bytes:
    """Make the tile of counted cells, 6 along its side; empty bytes where there is nothing."""
    cells = _cells(connection, layer, tile, variant, tile.detail)
    cells, across, down = _here(cells, tile, variant)
    number = np.floor(across * CELLS).astype(np.int64) * CELLS + np.floor(down * CELLS).astype(np.int64)
    _, group = np.unique(number, return_inverse=True)
    count = np.bincount(group, cells.count).astype(np.int64)
    x, y = (np.bincount(group, cells.count * each) / count for each in (across, down))
    return _draw(connection, layer, count, x, y, [None] * len(count), ["{}"] * len(count))


def dense_tile(connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant = PLAIN) -> bytes:
    """Make a tile of finely counted cells; a cell of one is that feature with its attributes."""
    cells = _cells(connection, layer, tile, variant, tile.detail + FINER)
    cells, across, down = _here(cells, tile, variant)
    lone = _lone(connection, layer, cells)
    attributes = _attributes(connection, layer, variant, [each for each in lone if each is not None])
    texts = [attributes.get(each, "{}") for each in lone]
    ids = [each if has_numbers(layer) and each in attributes else None for each in lone]
    return _draw(connection, layer, cells.count, across, down, ids, texts)


def _cells(connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant, zoom: int) -> Cells:
    """Count cells as fine as those of `zoom`, or finer: from what is counted beforehand, or from rows."""
    source = usable_source(connection, layer) if variant.is_whole and zoom <= LEVELS[-1] else None
    if source is None:
        return _counted_rows(connection, layer, tile, variant, zoom)
    level = min(each for each in LEVELS if each >= zoom)
    values = {"source": source, "level": level, **_span(true_box(tile, variant), level)}
    return _read(connection.execute(query("tiles", "counts"), values).fetchall())


def _counted_rows(
    connection: Connection[Any], layer: Layer, tile: Tile, variant: Variant, level: int
) -> Cells:
    span = _span(true_box(tile, variant), level)
    rows = rows_in(layer, _box(span, level), variant)
    text = sql.SQL(query("tiles", "cells")).format(
        identifier=quoted(layer.id_column),
        point=_POINT.format(shape=lonlat_shape(layer)),
        relation=rows.relation,
        where=rows.where,
    )
    values = {**rows.values, **span, "cells": CELLS * 2**level}
    return _read(connection.execute(text, values).fetchall())


_POINT = sql.SQL("CASE WHEN GeometryType({shape}) = 'POINT' THEN {shape} ELSE ST_Centroid({shape}) END")


def _read(rows: list[Any]) -> Cells:
    numbers = np.array([row[:3] for row in rows], np.float64).reshape(-1, 3)
    lone = [row[3] for row in rows] if rows and len(rows[0]) > 3 else [None] * len(rows)
    return Cells(numbers[:, 0].astype(np.int64), numbers[:, 1], numbers[:, 2], lone)


def _span(box: BBox, level: int) -> dict[str, int]:
    """Name the cells that a box touches, one more on each side against rounding."""
    side = CELLS * 2**level
    across, down = WEB_MERCATOR_QUAD.place([box.west, box.east], [box.north, box.south])
    (x0, x1), (y0, y1) = (np.floor(each * side).astype(int).tolist() for each in (across, down))
    return {"x0": x0 - 1, "x1": x1 + 1, "y0": y0 - 1, "y1": y1 + 1}


def _box(span: dict[str, int], level: int) -> BBox:
    """Give the box of whole cells in degrees; the outermost rows reach the poles."""
    side = CELLS * 2**level
    (west, east), (north, south) = WEB_MERCATOR_QUAD.unplace(
        [span["x0"] / side, (span["x1"] + 1) / side], [span["y0"] / side, (span["y1"] + 1) / side]
    )
    north, south = (90.0 if span["y0"] < 0 else north), (-90.0 if span["y1"] >= side else south)
    return BBox(max(-180.0, float(west)), float(south), min(180.0, float(east)), float(north))


def _here(cells: Cells, tile: Tile, variant: Variant) -> tuple[Cells, Any, Any]:
    """Keep the cells whose mean lies in the tile; with where that is, 0 to 1."""
    lon, lat = cells.lon, cells.lat
    if variant.is_shifted:
        lon, lat = convert(lon, lat, "wgs84", variant.datum)
    across, down = tile.place(lon, lat)
    inside = np.flatnonzero((across >= 0) & (across < 1) & (down >= 0) & (down < 1))
    kept = Cells(
        cells.count[inside], cells.lon[inside], cells.lat[inside], [cells.lone[each] for each in inside]
    )
    return kept, across[inside], down[inside]


def _lone(connection: Connection[Any], layer: Layer, cells: Cells) -> list[Any]:
    """Name the points that stand alone in their cells, where that is not known yet; None for the others."""
    single = [n for n, count in enumerate(cells.count.tolist()) if count == 1 and cells.lone[n] is None]
    if not single:
        return [each if n == 1 else None for each, n in zip(cells.lone, cells.count.tolist(), strict=True)]
    text = sql.SQL(query("tiles", "lone")).format(
        identifier=quoted(layer.id_column),
        relation=layer.table,
        geometry=quoted(layer.geometry_column),
        only=layer.only,
        point=_POINT.format(shape=lonlat_shape(layer)),
    )
    lon, lat = cells.lon[single], cells.lat[single]
    values = {"boxes": stored_points(layer.srid, lon, lat), "lon": lon.tolist(), "lat": lat.tolist()}
    found = dict(zip(single, connection.execute(text, values).fetchall(), strict=True))
    return [found[n][0] if n in found else None for n in range(len(cells.lone))]


def _attributes(
    connection: Connection[Any], layer: Layer, variant: Variant, ids: list[Any]
) -> dict[Any, str]:
    """Read the attributes of single features as JSON texts, by identifier."""
    if not ids:
        return {}
    names = carried(layer, variant)
    columns = [*map(quoted, names), sql.SQL('{} AS "citygrid id"').format(quoted(layer.id_column))]
    text = sql.SQL("SELECT {columns} FROM {relation} WHERE {id} = ANY (%(ids)s)").format(
        columns=sql.SQL(", ").join(columns), relation=layer.table, id=quoted(layer.id_column)
    )
    whole = sql.SQL(
        'SELECT "citygrid id", (to_jsonb("citygrid row") - \'citygrid id\')::text FROM ({}) AS "citygrid row"'
    ).format(text)
    return dict(connection.execute(whole, {"ids": ids}).fetchall())


def _draw(
    connection: Connection[Any],
    layer: Layer,
    count: npt.NDArray[np.int64],
    across: npt.NDArray[np.float64],
    down: npt.NDArray[np.float64],
    ids: list[Any],
    attributes: list[str],
) -> bytes:
    properties = [
        text if text != "{}" else orjson.dumps({"count": number}).decode()
        for text, number in zip(attributes, count.tolist(), strict=True)
    ]
    xy = np.round(across * EXTENT).tolist(), np.round(down * EXTENT).tolist()
    return draw_points(connection, layer.name, ids, properties, xy)
