"""Areas on the ellipsoid of many polygons at once, with edges straight in longitude and latitude.

The area below an edge is the integral of the authalic ordinate q(latitude) along it (Snyder, Map Projections:
A Working Manual, USGS 1395, 1987, equations 3-12 and 14-15), taken by Simpson's rule: for edges of kilometres
exact to 1e-12. Shared edges give the same term with the other sign, so that areas of a coverage add up.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]

_AXIS_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)
_E = np.sqrt(_E2)


def areas_m2(geometries: Any) -> FloatArray:
    """Measure polygons and multipolygons (n,), lon/lat degrees on WGS-84, in m² (n,).

    Anything else, empty or None has no area.
    """
    polygons = np.asarray(geometries, object)
    if not polygons.size:
        return np.zeros(len(polygons))
    parts, owner = shapely.get_parts(polygons, return_index=True)
    flat = shapely.get_type_id(parts) == 3
    parts, owner = shapely.orient_polygons(parts[flat]), owner[flat]
    rings, part = shapely.get_rings(parts, return_index=True)
    lonlat, ring = shapely.get_coordinates(rings, return_index=True)
    same = np.flatnonzero(ring[1:] == ring[:-1])
    below = _below(lonlat[same], lonlat[same + 1])
    sums = np.bincount(owner[part[ring[same]]], below, len(polygons))
    return np.asarray(-sums, np.float64)


def _below(start: FloatArray, end: FloatArray) -> FloatArray:
    """Give the area (n,) between edges and the equator, positive for those that run east north of it."""
    low, high = np.radians(start[:, 1]), np.radians(end[:, 1])
    mean = (_ordinate(low) + 4 * _ordinate((low + high) / 2) + _ordinate(high)) / 6
    return np.asarray(_AXIS_M**2 * np.radians(end[:, 0] - start[:, 0]) * mean, np.float64)


def _ordinate(latitude: FloatArray) -> FloatArray:
    """Half of Snyder's q: the area between equator and parallel, per radian and squared half-axis."""
    sine = np.sin(latitude)
    ratio = (1 - _E2) * (sine / (1 - _E2 * sine**2) + np.arctanh(_E * sine) / _E) / 2
    return np.asarray(ratio, np.float64)
