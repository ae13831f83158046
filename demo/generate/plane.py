"""The drawing plane of the generator: metres east and north of Haidian, an affine image of lon/lat.

A coverage lives in lon/lat on the 1e-9 degree grid, so a straight border must be straight there. The plane is
therefore not a projection but a stretched lon/lat: straight stays straight, the grid stays a grid, and whole
nano-degrees come back exactly. Areas that are reported are measured in EPSG:4548, not here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.geometry.precision import from_nano, to_nano

ORIGIN_NANO = np.array([116_280_000_000, 39_985_000_000], dtype=np.int64)
"""Lon, lat of the plane's origin in nano-degrees."""

METRES_PER_NANO = np.array([85_412.5e-9, 111_034.3e-9])
"""Length of one nano-degree of lon and lat at 39.985 N on the GRS 80 ellipsoid."""

Points = NDArray[np.float64]


def plane_of_lonlat(lonlat: Points) -> Points:
    """Convert degrees (n, 2) to plane metres (n, 2), rounding to the precision grid on the way."""
    return (to_nano(lonlat) - ORIGIN_NANO) * METRES_PER_NANO


def units_of_plane(xy: Points) -> Points:
    """Convert plane metres (n, 2) to whole nano-degrees from the origin, as doubles (exact below 2**53)."""
    return np.rint(xy / METRES_PER_NANO)


def settle(xy: Points) -> Points:
    """Move plane metres (n, 2) onto the precision grid."""
    return units_of_plane(xy) * METRES_PER_NANO


def to_plane(geometries: Any) -> Any:
    """Convert geometries in degrees (array or one) to the plane."""
    return shapely.transform(geometries, plane_of_lonlat)


def settled(geometries: Any) -> Any:
    """Move all vertices of plane geometries (array or one) onto the precision grid."""
    return shapely.transform(geometries, settle)


def to_units(geometries: Any) -> Any:
    """Convert plane geometries to nano-degrees from the origin."""
    return shapely.transform(geometries, units_of_plane)


def from_units(geometries: Any) -> Any:
    """Convert geometries in nano-degrees from the origin to plane metres."""
    return shapely.transform(geometries, lambda units: units * METRES_PER_NANO)


def lonlat_of_units(units: Points) -> Points:
    """Convert nano-degrees from the origin (n, 2) to degrees, each the nearest double of n / 1e9."""
    return from_nano(np.rint(units).astype(np.int64) + ORIGIN_NANO)


def to_lonlat(geometries: Any) -> Any:
    """Convert plane geometries to degrees on the precision grid."""
    return shapely.transform(to_units(geometries), lonlat_of_units)


def noded(lines: Any) -> Any:
    """Node plane lines among each other on the precision grid; returns one MultiLineString in the plane.

    Snap rounding in whole nano-degrees (GEOS OverlayNG, grid size 1), so nothing is rounded afterwards.
    """
    return from_units(shapely.union_all(to_units(np.asarray(lines)), grid_size=1.0))


def faces_of(lines: Any) -> NDArray[np.object_]:
    """Return the polygons (plane) that noded lines enclose; dangling ends are left out."""
    pieces = shapely.get_parts(lines)
    return np.asarray(shapely.get_parts(shapely.polygonize(pieces)))
