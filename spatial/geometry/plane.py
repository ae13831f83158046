"""A drawing plane over lon/lat: metres east and north, straight where lon/lat is straight.

Coverages live in lon/lat on the precision grid, so a straight border must be straight there. The plane is
therefore no projection but a stretched lon/lat: straight stays straight, and whole nano-degrees come back
exactly. Lengths and areas are right to about 1e-4 within 30 km of the origin; for those that are reported to
people see `spatial.geometry.crs.area_m2`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.geometry.precision import FloatArray, from_nano, to_nano

_A_M, _F = 6_378_137.0, 1 / 298.257223563


@dataclass(frozen=True)
class Plane:
    """Metres around an origin on the WGS 84 ellipsoid."""

    origin_nano: tuple[int, int]

    @classmethod
    def around(cls, shapes: Any) -> Plane:
        """Lay the origin into the middle of geometries in degrees."""
        west, south, east, north = shapely.total_bounds(shapes)
        lon, lat = to_nano([(west + east) / 2, (south + north) / 2]).tolist()
        return cls((lon, lat))

    @property
    def metres_per_nano(self) -> FloatArray:
        """Length of one nano-degree of lon and of lat at the origin: by the radii of curvature there."""
        lat = np.radians(self.origin_nano[1] / 1e9)
        e2 = _F * (2 - _F)
        w = np.sqrt(1 - e2 * np.sin(lat) ** 2)
        radii = np.array([_A_M / w * np.cos(lat), _A_M * (1 - e2) / w**3])
        return np.asarray(np.radians(1e-9) * radii, np.float64)

    def units(self, geometries: Any) -> Any:
        """Convert geometries in degrees to whole nano-degrees from the origin, exact in doubles."""
        origin = np.array(self.origin_nano, np.int64)
        return shapely.transform(geometries, lambda lonlat: (to_nano(lonlat) - origin).astype(np.float64))

    def project(self, geometries: Any) -> Any:
        """Convert geometries in degrees to metres, rounding to the precision grid on the way."""
        scale = self.metres_per_nano
        return shapely.transform(self.units(geometries), lambda units: units * scale)

    def lonlat_of(self, xy: FloatArray) -> FloatArray:
        """Convert metres (n, 2) to degrees on the precision grid."""
        origin = np.array(self.origin_nano, np.int64)
        return from_nano(np.rint(xy / self.metres_per_nano).astype(np.int64) + origin)

    def lonlat(self, geometries: Any) -> Any:
        """Convert geometries in metres to degrees on the precision grid."""
        return shapely.transform(geometries, self.lonlat_of)

    def noded(self, lines: Any) -> Any:
        """Node lines (metres) among each other on the precision grid; gives one multi-line in metres.

        Snap rounding in whole nano-degrees (GEOS OverlayNG, grid size 1), so nothing is rounded afterwards.
        """
        scale = self.metres_per_nano
        units = shapely.transform(np.asarray(lines), lambda xy: np.rint(xy / scale))
        return shapely.transform(shapely.union_all(units, grid_size=1.0), lambda nano: nano * scale)

    def faces(self, lines: Any) -> npt.NDArray[np.object_]:
        """Give the polygons (metres) that noded lines enclose; dangling ends are left out."""
        found = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
        return np.asarray(found, dtype=object)
