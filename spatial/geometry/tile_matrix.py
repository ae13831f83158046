"""Tile matrix sets (瓦片矩阵集): which part of the world a tile shows (OGC 17-083r4).

Tiles are addressed by zoom, column and row; rows go from north to south. Inside, coordinates are x, y as
everywhere; that a system puts latitude first matters only where its definition is written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from spatial.errors import NotFound
from spatial.geometry.crs import CRS84, CRS_TABLE, Crs
from spatial.types import BBox

FloatArray = npt.NDArray[np.float64]

PIXELS = 256
"""Pixels along a tile's side, by which resolutions and scales are stated."""
_PIXEL_M = 0.00028
"""Size of a pixel by which scale denominators are stated (OGC 17-083r4, 6.1)."""
_METRES_PER_DEGREE = math.pi * 6378137.0 / 180
_HALF_WORLD_M = math.pi * 6378137.0
_MERCATOR_LATITUDE = math.degrees(math.atan(math.sinh(math.pi)))


class Box(NamedTuple):
    """A box in the units of a tile matrix set, x before y."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class TileMatrixSet:
    """A pyramid of square tiles, each of which is divided into four at the next zoom."""

    name: str
    title: str
    crs: Crs
    uri: str | None
    """Its entry in OGC's register; None for a set of ours."""
    west: float
    """Of the upper left corner, in units of the system."""
    north: float
    side: float
    """Of a tile at the first zoom, in units of the system."""
    columns: int
    """At the first zoom."""
    rows: int
    first: int
    """The first zoom."""
    last: int

    @property
    def srid(self) -> int:
        """What its tiles are drawn in, for PostGIS. CGCS2000 and WGS-84 are taken as equal."""
        return 4326 if self.crs.in_degrees else self.crs.srid

    def size(self, zoom: int) -> tuple[int, int]:
        """Give the number of columns and rows of a zoom."""
        scale: int = 2 ** (zoom - self.first)
        return self.columns * scale, self.rows * scale

    def tile_side(self, zoom: int) -> float:
        """Give the side of a tile, in units of the system."""
        return self.side / float(2 ** (zoom - self.first))

    def cell_size(self, zoom: int) -> float:
        """Give the size of a pixel, in units of the system."""
        return self.tile_side(zoom) / PIXELS

    def scale_denominator(self, zoom: int) -> float:
        """Give the scale at which a pixel is 0.28 mm (Tianditu states it for 96 dpi: 1.058 times as much)."""
        metres = _METRES_PER_DEGREE if self.crs.in_degrees else 1.0
        return self.cell_size(zoom) * metres / _PIXEL_M

    def detail(self, zoom: int) -> int:
        """Give the zoom of Web Mercator whose tiles are as wide in degrees: what is shown follows from it."""
        world = 360.0 if self.crs.in_degrees else 2 * _HALF_WORLD_M
        return max(0, round(math.log2(world / self.tile_side(zoom))))

    def has(self, zoom: int, column: int, row: int) -> bool:
        """Tell whether there is such a tile."""
        if not self.first <= zoom <= self.last:
            return False
        columns, rows = self.size(zoom)
        return 0 <= column < columns and 0 <= row < rows

    def box(self, zoom: int, column: int, row: int) -> Box:
        """Give the box of a tile in units of the system."""
        # Each edge from its own number, so that neighbours share it to the last bit.
        side = self.tile_side(zoom)
        left, right = (self.west + edge * side for edge in (column, column + 1))
        bottom, top = (self.north - edge * side for edge in (row + 1, row))
        return Box(left, bottom, right, top)

    def bounds(self, zoom: int, column: int, row: int, grow: float = 0.0) -> BBox:
        """Give the box of a tile in degrees, grown by a part of its side, and kept on the globe."""
        columns, rows = self.size(zoom)
        xs = np.array([(column - grow) / columns, (column + 1 + grow) / columns])
        ys = np.array([(row + 1 + grow) / rows, (row - grow) / rows])
        (west, east), (south, north) = self.unplace(np.clip(xs, 0, 1), np.clip(ys, 0, 1))
        return BBox(float(west), float(south), float(east), float(north))

    def place(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Find where positions lie in the whole: 0 to 1 from west to east, and from north to south."""
        x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        if self.crs.in_degrees:
            return (x - self.west) / (self.side * self.columns), (self.north - y) / (self.side * self.rows)
        # Kept off the poles, which lie at infinity.
        y = np.clip(y, -89.99, 89.99)
        return (x + 180.0) / 360.0, (1.0 - np.arcsinh(np.tan(np.radians(y))) / np.pi) / 2.0

    def unplace(self, across: npt.ArrayLike, down: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Give longitude and latitude of parts of the whole: the inverse of `place`."""
        x, y = np.asarray(across, np.float64), np.asarray(down, np.float64)
        if self.crs.in_degrees:
            return self.west + x * self.side * self.columns, self.north - y * self.side * self.rows
        return x * 360.0 - 180.0, np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * y))))


_OGC_SETS = "http://www.opengis.net/def/tilematrixset/OGC/1.0"

WEB_MERCATOR_QUAD = TileMatrixSet(
    "WebMercatorQuad", "Web Mercator", CRS_TABLE["EPSG:3857"], f"{_OGC_SETS}/WebMercatorQuad",
    west=-_HALF_WORLD_M, north=_HALF_WORLD_M, side=2 * _HALF_WORLD_M, columns=1, rows=1, first=0, last=22,
)  # fmt: skip
WORLD_CRS84_QUAD = TileMatrixSet(
    "WorldCRS84Quad", "WGS 84, longitude and latitude", CRS84, f"{_OGC_SETS}/WorldCRS84Quad",
    west=-180.0, north=90.0, side=180.0, columns=2, rows=1, first=0, last=21,
)  # fmt: skip
CGCS2000_QUAD = TileMatrixSet(
    "CGCS2000Quad", "CGCS2000 as Tianditu tiles it (天地图经纬度投影)", CRS_TABLE["EPSG:4490"], None,
    west=-180.0, north=90.0, side=180.0, columns=2, rows=1, first=1, last=22,
)  # fmt: skip
"""Level 1 has two tiles, of 0.703125 degrees a pixel; Tianditu counts from 1, so level 1 is zoom 0 above."""

TILE_MATRIX_SETS = {each.name: each for each in (WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD, CGCS2000_QUAD)}


def tile_matrix_set(name: str) -> TileMatrixSet:
    """Find a tile matrix set; NotFound names those that there are."""
    found = TILE_MATRIX_SETS.get(name)
    if found is None:
        raise NotFound(f"there is no tile matrix set '{name[:100]}'; there are {', '.join(TILE_MATRIX_SETS)}")
    return found


@dataclass(frozen=True)
class Tile:
    """A tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int
    matrix: TileMatrixSet = WEB_MERCATOR_QUAD

    @property
    def exists(self) -> bool:
        """Tell whether the address lies in the pyramid."""
        return self.matrix.has(self.z, self.x, self.y)

    @property
    def detail(self) -> int:
        """Zoom of Web Mercator with tiles as wide."""
        return self.matrix.detail(self.z)

    def bounds(self, grow: float = 0.0) -> BBox:
        """Give its box in degrees, grown by a part of its side, and kept on the globe."""
        return self.matrix.bounds(self.z, self.x, self.y, grow)

    def box(self) -> Box:
        """Give its box in units of its system."""
        return self.matrix.box(self.z, self.x, self.y)

    def place(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Find where positions lie in it: 0 to 1 from its west and from its north edge.

        A position belongs to exactly one tile of a zoom: the one where both are at least 0 and below 1.
        """
        columns, rows = self.matrix.size(self.z)
        across, down = self.matrix.place(lon, lat)
        # Multiplied by a power of two, then less a whole number: neighbours never disagree.
        return across * columns - self.x, down * rows - self.y


def tile_at(lon: float, lat: float, zoom: int, matrix: TileMatrixSet = WEB_MERCATOR_QUAD) -> Tile:
    """Find the tile that a position lies in; beyond the edge the nearest one."""
    columns, rows = matrix.size(zoom)
    across, down = matrix.place(lon, lat)
    column = min(max(math.floor(float(across) * columns), 0), columns - 1)
    row = min(max(math.floor(float(down) * rows), 0), rows - 1)
    return Tile(zoom, column, row, matrix)
