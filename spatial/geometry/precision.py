"""The one precision grid of every coverage: whole nano-degrees (1e-9°, about 0.1 mm).

Integers are the truth: two vertices are the same when their nano-degrees are. The double that is
published for n is the one nearest to n / 1e9, so it prints with at most nine decimals and reads back as n.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.errors import InvalidInput

NANO_PER_DEGREE = 1_000_000_000

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def to_nano(lonlat: npt.ArrayLike) -> IntArray:
    """Round degrees to the precision grid.

    lonlat: float (..., 2), degrees, lon first. Returns int64 of the same shape; an empty array stays empty.
    Raises InvalidInput when a coordinate is not finite or lies beyond ±360°.
    """
    degrees = np.asarray(lonlat, dtype=np.float64)
    if not (np.abs(degrees) <= 360.0).all():
        raise InvalidInput.at("coordinates", "a coordinate is not a number of degrees within ±360")
    return np.rint(degrees * NANO_PER_DEGREE).astype(np.int64)


def from_nano(nano: npt.ArrayLike) -> FloatArray:
    """Publish nano-degrees (any shape) as degrees: the double nearest to n / 1e9."""
    return np.asarray(nano, dtype=np.int64) / np.float64(NANO_PER_DEGREE)


def snap(geometry: Any) -> Any:
    """Move every vertex of a Shapely geometry, or array of them, to the precision grid.

    Only vertices move: a sliver thinner than the grid may collapse or turn over, so check validity after.
    Raises InvalidInput as `to_nano` does; empty geometries come back empty.
    """
    return shapely.transform(geometry, lambda lonlat: from_nano(to_nano(lonlat)))
