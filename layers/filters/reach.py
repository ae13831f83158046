"""What can lie within a distance: boxes for the index, wider than the distance and never narrower."""

from __future__ import annotations

import math
from typing import Any

import shapely

from layers.filters.limits import wrong
from layers.filters.nodes import Box, Literal, Node, Shape
from layers.filters.scope import Scope
from layers.filters.shapes import move, place_box, place_shape, rectangle
from spatial.geometry.crs import CRS84

MAX_METRES = 20_040_000
"""Half way round the earth."""
_DEGREE_M = 110_000
"""Less than a degree of latitude measures anywhere (110,574 m), so that the boxes come out wider."""
_POLAR_LATITUDE = 89.0


def distance(node: Node) -> float | None:
    """Read a distance in metres; None if it is not a plain number. Raises InvalidInput out of range."""
    if not isinstance(node, Literal) or isinstance(node.value, bool | str):
        return None
    if not 0 <= node.value <= MAX_METRES:
        raise wrong(f"S_DWITHIN takes 0 to {MAX_METRES:,} metres")
    return float(node.value)


def reach(scope: Scope, node: Node, metres: float) -> list[Any]:
    """Draw the boxes, in the layer's system, outside of which nothing is within `metres` of a constant.

    No boxes for what is no constant.
    """
    placed = _lnglat(scope, node)
    return [move(box, CRS84, scope.layer.srid) for part in placed for box in around(part, metres)]


def around(geometry: Any, metres: float) -> list[Any]:
    """Widen the box of a geometry in longitude and latitude; across the antimeridian it becomes two."""
    west, south, east, north = shapely.bounds(geometry)
    south, north = max(south - metres / _DEGREE_M, -90.0), min(north + metres / _DEGREE_M, 90.0)
    widest = max(abs(south), abs(north))
    if widest > _POLAR_LATITUDE:
        return [rectangle(-180.0, south, 180.0, north)]
    margin = metres / (_DEGREE_M * math.cos(math.radians(widest)))
    west, east = west - margin, east + margin
    if east - west >= 360:
        return [rectangle(-180.0, south, 180.0, north)]
    if west < -180:
        return [rectangle(west + 360, south, 180.0, north), rectangle(-180.0, south, east, north)]
    if east > 180:
        return [rectangle(west, south, 180.0, north), rectangle(-180.0, south, east - 360, north)]
    return [rectangle(west, south, east, north)]


def _lnglat(scope: Scope, node: Node) -> list[Any]:
    if isinstance(node, Shape):
        return [place_shape(node, scope.crs, CRS84.srid)]
    return place_box(node, scope.crs, CRS84.srid) if isinstance(node, Box) else []
