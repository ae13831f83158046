"""Points that weigh parts of units against each other: people, households, events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PointWeights:
    """Something counted at points: cells of a population raster, dwellings, events."""

    lon: FloatArray
    """(n,) degrees."""
    lat: FloatArray
    weight: FloatArray
    """(n,), not negative."""

    def sums(self, pieces: npt.NDArray[np.object_]) -> FloatArray:
        """Add up what lies in each of p pieces that do not overlap; a point on a border counts once."""
        if not len(self.lon) or not len(pieces):
            return np.zeros(len(pieces))
        west, south, east, north = shapely.total_bounds(pieces)
        # Of a whole city's cells a few lie near what has changed.
        near = (self.lon >= west) & (self.lon <= east) & (self.lat >= south) & (self.lat <= north)
        point, piece = shapely.STRtree(pieces).query(
            shapely.points(self.lon[near], self.lat[near]), predicate="intersects"
        )
        _, first = np.unique(point, return_index=True)
        counted = np.bincount(piece[first], self.weight[near][point[first]], len(pieces))
        return np.asarray(counted, np.float64)


def shares(amount: FloatArray, group: npt.NDArray[np.int64], instead: FloatArray) -> FloatArray:
    """Give each amount (n,) its share in its group (n,), by `instead` where a group has nothing.

    The shares of a group add up to 1 within rounding.
    """
    count = int(group.max(initial=-1)) + 1
    total = np.bincount(group, amount, count)[group]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, amount / total, instead)
