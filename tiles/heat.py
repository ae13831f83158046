"""Vector tiles of heat: cells as squares, eight pixels wide, with their class of the legend."""

from __future__ import annotations

from typing import Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import Tile
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.figures import Figures
from spatial.types import BBox
from tiles.drawing import BUFFER, EXTENT, made

CELLS_BITS = 6
"""A tile has 2^6 cells along its side."""


def level_of(zoom: int) -> int:
    """Choose the level of cells for tiles of a zoom; from near the finest stay."""
    return max(0, lattice.ZOOM - zoom - CELLS_BITS)


def box_of(tile: Tile, datum: str) -> BBox:
    """Give the box in WGS-84 of all that a tile in a datum shows, and a little around it."""
    box = tile.bounds(0.02)
    if datum == "wgs84":
        return box
    lon, lat = convert([box.west, box.east], [box.south, box.north], datum, "wgs84")
    return BBox(float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1]))


def heat_tile(connection: Connection[Any], figures: Figures, tile: Tile, datum: str = "wgs84") -> bytes:
    """Draw the cells that meet a tile into its source layer, named as the legend; b"" where there is none."""
    column, row = lattice.columns_rows(figures.cells)
    west, north = _units(figures.level, column, row, tile, datum)
    east, south = _units(figures.level, column + 1, row + 1, tile, datum)
    shown = np.flatnonzero(
        (east > -BUFFER) & (west < EXTENT + BUFFER) & (south > -BUFFER) & (north < EXTENT + BUFFER)
    )
    if not len(shown):
        return b""
    rates = figures.rates
    corners = {"west": west, "north": north, "east": east, "south": south}
    values: dict[str, Any] = {
        name: np.clip(each[shown], -BUFFER, EXTENT + BUFFER).tolist() for name, each in corners.items()
    }
    values |= {
        "values": figures.values[shown].tolist(),
        "rates": np.round(rates[shown], 3).tolist(),
        "classes": figures.legend.classes(rates)[shown].tolist(),
        "source_layer": figures.legend.name,
        "extent": EXTENT,
    }
    return made(connection.execute(query("tiles", "heat"), values).fetchone())


def _units(level: int, column: Any, row: Any, tile: Tile, datum: str) -> tuple[Any, Any]:
    """Give corners of cells in units of the tile; cells next to each other share theirs to a unit."""
    lon, lat = lattice.edges(level, column, row)
    if datum != "wgs84":
        lon, lat = convert(lon, lat, "wgs84", datum)
    across, down = tile.place(lon, lat)
    return np.rint(across * EXTENT).astype(np.int64), np.rint(down * EXTENT).astype(np.int64)
