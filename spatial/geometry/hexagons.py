"""Hexagons of H3 (Uber's hierarchical grid, github.com/uber/h3) as cells that points are counted in."""

from __future__ import annotations

from dataclasses import dataclass

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from spatial.types import BBox

FloatArray = npt.NDArray[np.float64]
Keys = npt.NDArray[np.int64]

RESOLUTIONS = (5, 12)
"""Coarsest and finest resolution that is offered: edges of 9 km and 10 m."""


@dataclass(frozen=True)
class Hexagons:
    """The hexagons of one resolution; a cell's key is its H3 index."""

    resolution: int

    @property
    def spacing_m(self) -> float:
        """Metres between the centres of neighbours, on average over the world."""
        return float(h3.average_hexagon_edge_length(self.resolution, unit="m")) * 3**0.5

    def of(self, lon: FloatArray, lat: FloatArray) -> Keys:
        """Give the cell of each point (n,), in degrees of WGS-84."""
        pairs = zip(lat.tolist(), lon.tolist(), strict=True)
        return np.array([h3.latlng_to_cell(y, x, self.resolution) for y, x in pairs], np.int64)

    def centres(self, keys: Keys) -> tuple[FloatArray, FloatArray]:
        """Give longitude and latitude of the middles of cells (n,)."""
        pairs = np.array([h3.cell_to_latlng(key) for key in keys.tolist()], np.float64).reshape(-1, 2)
        return pairs[:, 1], pairs[:, 0]

    def outlines(self, keys: Keys) -> list[list[list[float]]]:
        """Give the closed ring of each cell, counter-clockwise, in degrees."""
        return [_ring(h3.cell_to_boundary(key)) for key in keys.tolist()]

    def areas_m2(self, keys: Keys) -> FloatArray:
        """Give the area of each cell on the sphere."""
        return np.array([h3.cell_area(key, unit="m^2") for key in keys.tolist()], np.float64)

    def names(self, keys: Keys) -> list[str]:
        """Write the identifiers that H3 knows."""
        return [h3.int_to_str(key) for key in keys.tolist()]

    def around(self, keys: Keys, rings: int) -> Keys:
        """Give the cells up to so many rings away from any of these, themselves included; sorted."""
        found, border = set(keys.tolist()), set(keys.tolist())
        for _ in range(rings):
            border = {near for key in border for near in h3.grid_disk(key, 1)} - found
            found |= border
        return np.array(sorted(found), np.int64)

    def within(self, box: BBox) -> Keys:
        """Give the cells whose middles lie in a box of degrees; sorted."""
        corners = [
            (box.south, box.west), (box.south, box.east), (box.north, box.east), (box.north, box.west),
        ]  # fmt: skip
        return np.array(sorted(h3.h3shape_to_cells(h3.LatLngPoly(corners), self.resolution)), np.int64)

    def how_many(self, box: BBox) -> float:
        """Estimate how many cells `within` would give."""
        height = (box.north - box.south) * 111_320
        width = (box.east - box.west) * 111_320 * np.cos(np.radians((box.north + box.south) / 2))
        return float(width * height / h3.average_hexagon_area(self.resolution, unit="m^2"))

    def neighbours(self, keys: Keys) -> csr_array:
        """Tell which of these (n,) share an edge: a boolean matrix (n, n), nobody beside itself."""
        place = {key: index for index, key in enumerate(keys.tolist())}
        pairs = [
            (index, place[other])
            for key, index in place.items()
            for other in h3.grid_disk(key, 1)
            if other != key and other in place
        ]
        rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
        return csr_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(keys), len(keys)))


def _ring(corners: tuple[tuple[float, float], ...]) -> list[list[float]]:
    ring = [[round(lon, 9), round(lat, 9)] for lat, lon in corners]
    return [*ring, ring[0]]
