"""How deep in a fence fixes lie: metres to its edge, for the few fixes that are near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.geometry.plane import Plane
from spatial.patrols.compliance.track import FloatArray, xy_of

LEAST_OUT_M = 15.0
"""Nobody has left who is nearer to the edge, however good the phone says it is."""
MOST_RADIUS_M = 5_000.0
_METRES_PER_DEGREE = 110_000.0
"""Less than a degree of latitude anywhere: boxes come out too large, never too small."""
_POLE = 89.0

Int = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Area:
    """A polygon, or a point with a radius, in degrees (WGS-84)."""

    geometry: Any
    radius_m: float = 0.0
    worst_accuracy_m: float = 50.0
    """Worse fixes are not looked at."""

    @cached_property
    def box(self) -> Any:
        """Give a box (degrees) outside of which every fix that is looked at is out."""
        west, south, east, north = shapely.bounds(self.geometry)
        reach_m = self.radius_m + max(LEAST_OUT_M, self.worst_accuracy_m)
        up = reach_m / _METRES_PER_DEGREE
        across = up / np.cos(np.radians(min(_POLE, max(abs(south), abs(north)))))
        return shapely.box(west - across, south - up, east + across, north + up)

    @cached_property
    def _plane(self) -> Plane:
        return Plane.around(self.geometry)

    @cached_property
    def _drawn(self) -> tuple[Any, Any]:
        """Give the shape in metres, prepared, and its edge."""
        shape = self._plane.project(self.geometry)
        shapely.prepare(shape)
        edge = shapely.boundary(shape)
        shapely.prepare(edge)
        return shape, edge

    def depth_m(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Measure how deep positions (n,) lie inside: metres to the edge, negative outside."""
        x, y = xy_of(self._plane, lon, lat)
        if shapely.get_type_id(self.geometry) == shapely.GeometryType.POINT:
            origin = shapely.get_coordinates(self._plane.project(self.geometry))[0]
            return np.asarray(self.radius_m - np.hypot(x - origin[0], y - origin[1]), np.float64)
        shape, edge = self._drawn
        points = shapely.points(x, y)
        to_edge = shapely.distance(points, edge)
        return np.asarray(np.where(shapely.contains(shape, points), to_edge, -to_edge), np.float64)


def near(areas: Sequence[Area], lon: FloatArray, lat: FloatArray) -> Iterator[tuple[int, Int]]:
    """Find for each area the positions (n,) in its box, in order; areas without any are left out."""
    if not areas or not len(lon):
        return
    boxes = np.array([area.box for area in areas])
    about = shapely.box(lon.min(), lat.min(), lon.max(), lat.max())
    some = np.flatnonzero(shapely.intersects(boxes, about))
    if not len(some):
        return
    rows, which = shapely.STRtree(boxes[some]).query(shapely.points(lon, lat), predicate="intersects")
    order = np.lexsort((rows, which))
    rows, which = rows[order], which[order]
    found, begins = np.unique(which, return_index=True)
    for place, part in zip(found, np.split(rows, begins[1:]), strict=True):
        yield int(some[place]), part
