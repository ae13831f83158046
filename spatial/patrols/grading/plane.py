"""Distances between neighbouring fixes on the ellipsoid: exact to 1e-6 up to some kilometres."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.grids.compiled import inlined

_A, _E2 = 6378137.0, 0.0066943800229
"""GRS 80: half axis in metres, and its eccentricity squared."""

Float = npt.NDArray[np.float64]


def scales(lat: Float) -> tuple[Float, Float]:
    """Give metres a degree of longitude and of latitude at latitudes (n,)."""
    radians = np.radians(lat)
    bend = 1.0 - _E2 * np.sin(radians) ** 2
    degree = np.pi / 180.0
    return _A * np.cos(radians) / np.sqrt(bend) * degree, _A * (1.0 - _E2) / bend**1.5 * degree


@inlined
def east(a: Any, b: Any, kx_a: Any, kx_b: Any) -> Any:  # pragma: no cover
    """Metres from longitude a to b, the short way round."""
    turn = b - a
    if turn > 180.0:
        turn -= 360.0
    elif turn < -180.0:
        turn += 360.0
    return turn * (kx_a + kx_b) * 0.5


@inlined
def north(a: Any, b: Any, ky_a: Any, ky_b: Any) -> Any:  # pragma: no cover
    """Metres from latitude a to b."""
    return (b - a) * (ky_a + ky_b) * 0.5


@inlined
def length(lon: Any, lat: Any, kx: Any, ky: Any, i: Any, j: Any) -> Any:  # pragma: no cover
    """Metres between the fixes i and j of the columns."""
    x = east(lon[i], lon[j], kx[i], kx[j])
    y = north(lat[i], lat[j], ky[i], ky[j])
    return np.sqrt(x * x + y * y)
