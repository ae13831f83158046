"""Cut polygons into parts of about a size by straight lines between vertices that they have already.

So the parts fill the polygon to the last digit, and neighbours that share a border still share its vertices.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.plane import METRES_PER_NANO, from_units, to_units

LEAST_SHARE = 0.3
"""A line must leave this much of the area on either side."""
STEP_M = 25.0
"""A line gets a vertex every so often, so that parts can be cut from it again."""
TRIES = 80

Vertices = NDArray[np.float64]


def cut_to(polygon: Any, target_m2: float) -> list[Any]:
    """Cut a plane polygon into parts of about `target_m2`; one with holes or without a fair line is left."""
    parts = [to_units(polygon)]
    done: list[Any] = []
    while parts:
        part = parts.pop()
        halves = _halves(part) if _area_m2(part) > 1.5 * target_m2 else None
        if halves is None:
            done.append(part)
        else:
            parts += halves
    return [from_units(part) for part in done]


def _area_m2(part: Any) -> float:
    return float(part.area * METRES_PER_NANO.prod())


def _halves(part: Any) -> list[Any] | None:
    """Cut in two along the best line between two vertices; None when there is none."""
    if part.geom_type != "Polygon" or part.interiors:
        return None
    ring = shapely.get_coordinates(part.exterior)[:-1]
    for start, end in _chords(ring * METRES_PER_NANO):
        chord = shapely.LineString([ring[start], ring[end]])
        if part.covers(chord) and shapely.intersection(chord, part.exterior).geom_type == "MultiPoint":
            between = _stepped(ring[start], ring[end])
            one = np.concatenate([ring[start : end + 1], between[::-1]])
            other = np.concatenate([ring[end:], ring[: start + 1], between])
            halves = [shapely.Polygon(one), shapely.Polygon(other)]
            if all(half.is_valid for half in halves):
                return halves
    return None


def _chords(ring: Vertices) -> list[tuple[int, int]]:
    """List pairs of vertices of a ring (n, 2) in metres that divide it fairly, best first."""
    following = np.roll(ring, -1, axis=0)
    swept = np.concatenate([[0.0], np.cumsum(ring[:, 0] * following[:, 1] - ring[:, 1] * following[:, 0])])
    start, end = np.triu_indices(len(ring), 2)
    closing = ring[end, 0] * ring[start, 1] - ring[end, 1] * ring[start, 0]
    share = (swept[end] - swept[start] + closing) / swept[-1]
    length = np.hypot(*(ring[end] - ring[start]).T)
    fair = np.flatnonzero((share > LEAST_SHARE) & (share < 1 - LEAST_SHARE))
    score = length[fair] * (1 + 3 * np.abs(share[fair] - 0.5))
    best = fair[np.argsort(score, kind="stable")[:TRIES]]
    return list(zip(start[best].tolist(), end[best].tolist(), strict=True))


def _stepped(start: Vertices, end: Vertices) -> Vertices:
    """Whole nano-degrees between two vertices, without them."""
    length = float(np.hypot(*((end - start) * METRES_PER_NANO)))
    along = np.linspace(0, 1, max(2, int(length / STEP_M) + 1))[1:-1, None]
    return np.asarray(np.rint(start + along * (end - start)))
