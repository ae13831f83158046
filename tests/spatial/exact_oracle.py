"""Locate by rational arithmetic, slowly and in the plainest way: the judge of the compiled index."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import shapely

from spatial.geometry.arcs import Arcs

Point = Sequence[float]


def turn(a: Point, b: Point, p: Point) -> int:
    """Tell the side of p from the line a to b: 1 left, 0 on it, -1 right."""
    (ax, ay), (bx, by), (px, py) = ((Fraction(x), Fraction(y)) for x, y in (a, b, p))
    area = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return (area > 0) - (area < 0)


def on_segment(a: Point, b: Point, p: Point) -> bool:
    if not (min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])):
        return False
    return turn(a, b, p) == 0


def covers_inside(rings: Sequence[Sequence[Point]], p: Point) -> bool:
    """Even-odd rule over all rings, for a point that lies on none of them."""
    crossings = 0
    for ring in rings:
        for a, b in itertools.pairwise(ring):
            if (a[1] <= p[1]) != (b[1] <= p[1]) and (turn(a, b, p) > 0) == (b[1] > a[1]):
                crossings += 1
    return crossings % 2 == 1


class Oracle:
    """Units, their codes and the written border rule."""

    def __init__(self, units: Sequence[shapely.Geometry], codes: Sequence[str], arcs: Arcs) -> None:
        self.codes, self.arcs = codes, arcs
        self.lines = [arcs.lonlat(i).tolist() for i in range(len(arcs))]
        self.rings = [
            [shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(shapely.get_parts(unit))]
            for unit in units
        ]

    def locate(self, p: Point) -> tuple[int, str] | None:
        """Give unit and ruling, or None outside every unit."""
        touching = [i for i, line in enumerate(self.lines) if self._touches(line, p)]
        if touching:
            return self._border(touching), "border"
        covering = [i for i, rings in enumerate(self.rings) if covers_inside(rings, p)]
        assert len(covering) < 2, "the units overlap"
        return (covering[0], "inside") if covering else None

    def _touches(self, line: Sequence[Point], p: Point) -> bool:
        return any(on_segment(a, b, p) for a, b in itertools.pairwise(line))

    def _border(self, touching: list[int]) -> int:
        sides = [(int(self.arcs.left[i]), int(self.arcs.right[i])) for i in touching]
        if len(touching) > 1:
            around = {unit for pair in sides for unit in pair if unit >= 0}
            return min(around, key=lambda unit: self.codes[unit])
        left, right = sides[0]
        return left if left >= 0 else right
