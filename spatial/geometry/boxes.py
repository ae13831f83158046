"""Boxes of one reference system seen from another: never too small, whatever the curve of their edges.

A box given as four numbers bounds an area whose edges are straight in its own system and curved in every
other; corners alone miss features that lie where an edge bulges.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84, Crs, transform
from spatial.geometry.datum import convert
from spatial.types import BBox

FloatArray = npt.NDArray[np.float64]

_STEPS = 64
"""Pieces of an edge; what bulges between them is estimated and added."""
_FINEST, _MOST_STEPS = 0.0005, 4096
"""Degrees between corners of a shifted box: GCJ-02 waves by 0.2 mm on 50 m of a straight line."""
_LOOP_LIMIT = 1e-6


def halves(box: BBox) -> list[BBox]:
    """Cut a box in degrees at the antimeridian when it crosses it (west > east)."""
    if box.west <= box.east:
        return [box]
    return [box._replace(east=180.0), box._replace(west=-180.0)]


def bounds_in(box: BBox, source: Crs, target: Crs) -> list[BBox] | None:
    """Bound a box of `source` (west, south: least x, y) in `target`, x before y, by up to two boxes.

    None when no bound can be promised: a corner or an edge lies outside the domain of a system. In degrees
    the antimeridian and the poles are minded.
    """
    edge = _edge(box, _STEPS)
    try:
        moved = transform(edge, source, target)
        back = transform(moved, target, source)
    except InvalidInput:
        return None
    if not np.allclose(back, edge, rtol=1e-9, atol=_LOOP_LIMIT if source.in_degrees else 1e-2):
        return None
    if not target.in_degrees:
        return [_hull(moved)]
    moved[:, 0] = np.unwrap(moved[:, 0], period=360.0)
    return _on_the_globe(_hull(moved), _poles_within(box, source))


def shifted_outline(box: BBox, crs: Crs) -> shapely.Polygon:
    """Give the true outline (WGS-84) of a box in degrees of a shifted datum, exact to a millimetre for boxes
    of up to two degrees; larger ones have corners further apart."""
    widest = max(box.east - box.west, box.north - box.south)
    edge = _edge(box, int(np.clip(widest / _FINEST, 1, _MOST_STEPS)))
    lon, lat = convert(edge[:, 0], edge[:, 1], crs.datum, "wgs84")
    return shapely.Polygon(np.stack([lon, lat], axis=-1))


def _edge(box: BBox, steps: int) -> FloatArray:
    """Walk around a box, back to where it began."""
    west, south, east, north = box
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    along = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    sides = [np.asarray(a) * (1 - along) + np.asarray(b) * along for a, b in pairwise(corners)]
    return np.concatenate([*sides, [corners[0]]])


def _hull(points: FloatArray) -> BBox:
    """Bound a closed walk; between two of its points it bulges by less than its second difference."""
    bulge = np.abs(np.diff(points, n=2, axis=0)).max(axis=0) * 0.25
    low, high = points.min(axis=0) - bulge, points.max(axis=0) + bulge
    return BBox(*map(float, (*low, *high)))


def _poles_within(box: BBox, source: Crs) -> list[float]:
    """Latitudes of the poles that lie in a box: its edge goes around them and does not show it."""
    found = []
    for latitude in (-90.0, 90.0):
        try:
            ((x, y),) = transform([(0.0, latitude)], CRS84, source)
        except InvalidInput:
            continue
        if box.west <= x <= box.east and box.south <= y <= box.north:
            found.append(latitude)
    return found


def _on_the_globe(box: BBox, poles: list[float]) -> list[BBox]:
    south, north = max(-90.0, min([box.south, *poles])), min(90.0, max([box.north, *poles]))
    if poles or box.east - box.west >= 360.0:
        return [BBox(-180.0, south, 180.0, north)]
    turns = np.floor((box.west + 180.0) / 360.0) * 360.0
    west, east = box.west - turns, box.east - turns
    whole = BBox(float(west), south, float(east), north)
    return [whole] if east <= 180.0 else halves(whole._replace(east=float(east - 360.0)))
