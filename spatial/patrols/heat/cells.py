"""The cells that time is counted in: squares of the Web Mercator pyramid, the same for every city and run.

A cell of level 0 is a tile of zoom 20, 29 m wide at 40° north; each level has four cells in one of the next.
So cells never cross a map tile's edge, and a coarser figure is the plain sum of finer ones. Sides and areas
that are told are true ones, of the ellipsoid.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from spatial.geometry.equal_area import areas_m2
from spatial.geometry.tile_matrix import WEB_MERCATOR_QUAD
from spatial.types import BBox

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

ZOOM = 20
"""Of level 0."""
LEVELS = 6
"""Levels that are kept: sides of 29 m to 940 m at 40° north."""
BITS = 20
"""Of a column, and of a row, in the number of a cell."""
_MASK = (1 << BITS) - 1
_SIDE_M = 40_075_016.685578488
"""Around the equator."""


def spots(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Float, Float]:
    """Find where positions (n,) lie, counted in cells of level 0 from the west and from the north."""
    # The meridian of 180 degrees ends the last column, and begins none.
    last = np.nextafter(1.0, 0.0)
    across, down = (np.clip(each, 0.0, last) for each in WEB_MERCATOR_QUAD.place(lon, lat))
    return across * 2.0**ZOOM, down * 2.0**ZOOM


def number(column: npt.ArrayLike, row: npt.ArrayLike) -> Int:
    """Give the numbers of cells; they go from west to east, then from north to south."""
    return (np.asarray(row, np.int64) << BITS) | np.asarray(column, np.int64)


def columns_rows(cells: npt.ArrayLike) -> tuple[Int, Int]:
    """Give columns and rows of cells (n,), at whatever level."""
    numbers = np.asarray(cells, np.int64)
    return numbers & _MASK, numbers >> BITS


def coarser(cells: npt.ArrayLike, levels: int) -> Int:
    """Give the cells so many levels above that cells (n,) lie in."""
    column, row = columns_rows(cells)
    return number(column >> levels, row >> levels)


def side_m(level: int, lat: float) -> float:
    """Give the side of a cell in metres on the ground, to a hundredth (the sphere's scale)."""
    return float(_SIDE_M / 2.0 ** (ZOOM - level) * np.cos(np.radians(lat)))


def edges(level: int, column: npt.ArrayLike, row: npt.ArrayLike) -> tuple[Float, Float]:
    """Give longitude of the west edge of columns and latitude of the north edge of rows; any part of them."""
    scale = 2.0 ** (ZOOM - level)
    return WEB_MERCATOR_QUAD.unplace(
        np.asarray(column, np.float64) / scale, np.asarray(row, np.float64) / scale
    )


def middles(level: int, cells: npt.ArrayLike) -> tuple[Float, Float]:
    """Give longitude and latitude of the middles of cells (n,)."""
    column, row = columns_rows(cells)
    return edges(level, column + 0.5, row + 0.5)


def cell_areas_m2(level: int, cells: npt.ArrayLike) -> Float:
    """Measure cells (n,) on the ellipsoid."""
    rows, which = np.unique(columns_rows(cells)[1], return_inverse=True)
    width = 360.0 / 2.0 ** (ZOOM - level)
    north, south = (edges(level, 0, rows + below)[1] for below in (0, 1))
    return areas_m2(shapely.box(0.0, south, width, north))[which]


Window = tuple[int, int, int, int]
"""Columns and rows of a level: west, north, east, south, the last ones included."""
EVERYWHERE: Window = (0, 0, _MASK, _MASK)


def window(level: int, box: BBox | None) -> Window:
    """Find the cells that a box in degrees meets."""
    if box is None:
        return EVERYWHERE
    x, y = spots([box.west, box.east], [box.north, box.south])
    size = 1 << level
    west, east = (int(each) for each in np.clip(np.floor(x / size), 0, _MASK))
    north, south = (int(each) for each in np.clip(np.floor(y / size), 0, _MASK))
    return west, north, east, south
