"""Generated roads along the borders between streets, where the data has no real line."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from demo.generate.density import hilliness
from demo.generate.real_lines import BESIDE_BORDER_M, Line

MIN_LENGTH_M = 120.0
WALL_GAP_M = 4.0


def border_roads(streets: Any, lines: list[Line], buildings: Any) -> list[Line]:
    """Return generated roads along inner street borders where no real line runs and no building stands.

    Streets of a town mostly meet on a road; in the hills they meet on ridges, so there none is drawn.
    """
    inner = _shared(streets)
    real = np.array([line.shape for line in lines if line.kind != "edge"], dtype=object)
    beside = shapely.buffer(real[shapely.dwithin(real, inner, BESIDE_BORDER_M)], BESIDE_BORDER_M, quad_segs=2)
    walls = shapely.buffer(buildings[shapely.dwithin(buildings, inner, WALL_GAP_M)], WALL_GAP_M, quad_segs=2)
    free = inner.difference(shapely.union_all([*beside, *walls]))
    made = []
    for part in shapely.get_parts(shapely.line_merge(free)):
        middle = part.interpolate(0.5, normalized=True)
        if part.length > MIN_LENGTH_M and hilliness(middle.x, middle.y) < 0.4:
            made.append(Line(part, "road", "secondary", None, 4, generated=True))
    return made


def _shared(streets: Any) -> Any:
    everything = shapely.union_all(shapely.boundary(streets))
    outside = shapely.boundary(shapely.coverage_union_all(streets))
    return everything.difference(outside)
