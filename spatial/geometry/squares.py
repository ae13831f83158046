"""Squares in metres as cells that points are counted in: on the local zone of CGCS2000, or of UTM elsewhere.

The lattice begins at the zone's own origin, so the same place is in the same square in every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from pyproj import Transformer
from scipy.sparse import csr_array

from spatial.types import BBox

FloatArray = npt.NDArray[np.float64]
Keys = npt.NDArray[np.int64]

_SHIFT = 2**30
_STEPS = np.array([(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)], np.int64)


def zone_at(lon: float, lat: float) -> int:
    """Choose the number (EPSG) of the metric zone of a place: CGCS2000 3-degree from 73.5 to 136.5 E."""
    if 73.5 <= lon < 136.5 and lat > 0:
        return 4534 + int((lon - 73.5) // 3)
    return (32600 if lat >= 0 else 32700) + min(60, int((lon + 180) // 6) + 1)


@cache
def _ways(zone: int) -> tuple[Transformer, Transformer]:
    """Make the ways from degrees to metres (x east, y north) and back."""
    return (
        Transformer.from_crs(4326, zone, always_xy=True),
        Transformer.from_crs(zone, 4326, always_xy=True),
    )


def to_metres(zone: int, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Project degrees (n,) to metres east and north of a zone."""
    x, y = _ways(zone)[0].transform(lon, lat)
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


@dataclass(frozen=True)
class Squares:
    """The squares of `side_m` on a zone; a cell's key packs its column and row."""

    zone: int
    side_m: float

    @property
    def spacing_m(self) -> float:
        """Metres between the centres of neighbours."""
        return self.side_m

    def of(self, lon: FloatArray, lat: FloatArray) -> Keys:
        """Give the cell of each point (n,), in degrees of WGS-84; south and west edges belong to it."""
        x, y = to_metres(self.zone, lon, lat)
        return _pack(np.floor(x / self.side_m).astype(np.int64), np.floor(y / self.side_m).astype(np.int64))

    def centres(self, keys: Keys) -> tuple[FloatArray, FloatArray]:
        """Give longitude and latitude of the middles of cells (n,)."""
        column, row = _unpack(keys)
        lon, lat = _ways(self.zone)[1].transform((column + 0.5) * self.side_m, (row + 0.5) * self.side_m)
        return np.asarray(lon, np.float64), np.asarray(lat, np.float64)

    def outlines(self, keys: Keys) -> list[list[list[float]]]:
        """Give the closed ring of each cell, counter-clockwise, in degrees."""
        column, row = _unpack(keys)
        x = (column[:, None] + np.array([0, 1, 1, 0, 0])) * self.side_m
        y = (row[:, None] + np.array([0, 0, 1, 1, 0])) * self.side_m
        lon, lat = _ways(self.zone)[1].transform(x, y)
        rings: list[list[list[float]]] = np.round(np.stack([lon, lat], axis=2), 9).tolist()
        return rings

    def areas_m2(self, keys: Keys) -> FloatArray:
        """Give the area of each cell on its zone."""
        return np.full(len(keys), self.side_m**2)

    def names(self, keys: Keys) -> list[str]:
        """Name cells by zone, column and row."""
        column, row = _unpack(keys)
        pairs = zip(column.tolist(), row.tolist(), strict=True)
        return [f"{self.zone}/{self.side_m:g}/{x}/{y}" for x, y in pairs]

    def around(self, keys: Keys, rings: int) -> Keys:
        """Give the cells up to so many rings away from any of these, themselves included; sorted."""
        column, row = _unpack(keys)
        steps = np.arange(-rings, rings + 1)
        found = [np.unique(_pack(column + dx, row + dy)) for dx in steps for dy in steps]
        return np.unique(np.concatenate(found)) if len(keys) else keys

    def within(self, box: BBox) -> Keys:
        """Give the cells whose middles lie in a box of degrees; sorted."""
        edges = np.linspace(0, 1, 21)
        lon, lat = np.meshgrid(box.west + edges * (box.east - box.west),
                               box.south + edges * (box.north - box.south))  # fmt: skip
        x, y = to_metres(self.zone, lon.ravel(), lat.ravel())
        columns = np.arange(x.min() // self.side_m, x.max() // self.side_m + 1, dtype=np.int64)
        rows = np.arange(y.min() // self.side_m, y.max() // self.side_m + 1, dtype=np.int64)
        keys = np.sort(_pack(*(each.ravel() for each in np.meshgrid(columns, rows))))
        lon, lat = self.centres(keys)
        return keys[(lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north)]

    def how_many(self, box: BBox) -> float:
        """Estimate how many cells `within` would give."""
        x, y = to_metres(self.zone, np.array([box.west, box.east]), np.array([box.south, box.north]))
        return float((x[1] - x[0]) * (y[1] - y[0]) / self.side_m**2)

    def neighbours(self, keys: Keys) -> csr_array:
        """Tell which of these (n,), sorted, share an edge or a corner: a boolean matrix (n, n)."""
        column, row = _unpack(keys)
        found = []
        for dx, dy in _STEPS.tolist():
            wanted = _pack(column + dx, row + dy)
            place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            here = np.flatnonzero(keys[place] == wanted)
            found.append((here, place[here]))
        rows, columns = (np.concatenate([pair[side] for pair in found]) for side in (0, 1))
        return csr_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(keys), len(keys)))


def _pack(column: Keys, row: Keys) -> Keys:
    return ((column + _SHIFT) << 32) | (row + _SHIFT)


def _unpack(keys: Keys) -> tuple[Keys, Keys]:
    return (keys >> 32) - _SHIFT, (keys & 0xFFFFFFFF) - _SHIFT
