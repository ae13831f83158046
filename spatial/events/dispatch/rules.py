"""The order in which lines of a duty list are asked, and nothing else: pure.

1. A line for this very place, as a ruling on a dispute makes.
2. A special grid (专属网格): the unit of another coverage that the point lies in and that has a line.
3. The grids: grid, community, street, district.

Within each of these a line that names the matter comes before one that names its class, and that before one
for everything; among equals the smaller unit, then what was ruled on a dispute, the newest ruling first, then
the lower rank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from spatial.events.dispatch.facts import GRIDS, Line

PLACE, SPECIAL, GRID = "place", "special", "grid"
SCOPES = (PLACE, SPECIAL, GRID)

Chains = Mapping[str, Sequence[str]]
"""Codes of the units that a point lies in by coverage, from fine to coarse."""


@dataclass(frozen=True, eq=False)
class LineUp:
    """Lines that are equal but for their rank: the same scope, unit and part of the matter code.

    A line that a ruling made stands alone: neither rank nor load decides between two rulings.
    """

    scope: str
    coverage: str
    unit_code: str
    category: str
    lines: tuple[Line, ...]
    """By rank, then number."""


class Rules:
    """A duty list, ready to be asked who comes first."""

    def __init__(self, lines: Iterable[Line], coverages: Sequence[str] = ()) -> None:
        """Take lines in any order; coverages: those that are asked before others, in this order."""
        self.order = tuple(coverages)
        self.lines = {line.id: line for line in sorted(lines, key=_in_order)}
        self._ups = _by_unit(line for line in self.lines.values() if line.area is None)
        self._parts = {line.category for line in self.lines.values()}
        found = {line.coverage for line in self.lines.values() if line.area is None} - {GRIDS}
        first = [name for name in coverages if name in found]
        self.special = (*first, *sorted(found - set(first)))
        """Coverages other than the grids that have lines, in the order that they are asked."""
        self.placed = tuple(line for line in self.lines.values() if line.area is not None)

    @cached_property
    def _tree(self) -> Any:
        shapes = [line.area for line in self.placed]
        shapely.prepare(shapes)
        return shapely.STRtree(shapes)

    def places(self, lon: np.ndarray, lat: np.ndarray) -> list[tuple[int, ...]]:
        """Name, for points (n,) in degrees, the lines whose place they lie in or on the edge of."""
        if not self.placed:
            return [()] * len(lon)
        found: list[list[int]] = [[] for _ in lon]
        points, lines = self._tree.query(shapely.points(lon, lat), predicate="intersects")
        for point, line in zip(points.tolist(), lines.tolist(), strict=True):
            found[point].append(self.placed[line].id)
        return [tuple(sorted(ids)) for ids in found]

    def part_of(self, category: str) -> str:
        """Give the most of a matter code that lines tell apart: codes of one part have the same line-ups."""
        lengths = range(len(category), 0, -1)
        return next((category[:length] for length in lengths if category[:length] in self._parts), "")

    def line_ups(self, chains: Chains, category: str, places: Sequence[int] = ()) -> list[LineUp]:
        """List what speaks for a point and a matter, first things first. places: of `Rules.places`."""
        here = [line for number in places if category.startswith((line := self.lines[number]).category)]
        found = [*_placed(here)]
        for coverage in self.special:
            found += self._of_coverage(coverage, chains.get(coverage, ()), category)
        return [*found, *self._of_coverage(GRIDS, chains.get(GRIDS, ()), category)]

    def _of_coverage(self, coverage: str, chain: Sequence[str], category: str) -> Iterator[LineUp]:
        units = [ups for code in chain if (ups := self._ups.get((coverage, code)))]
        for length in range(len(category), -1, -1) if units else ():
            part = category[:length]
            for ups in units:
                yield from ups.get(part, ())


def _by_unit(lines: Iterable[Line]) -> dict[tuple[str, str], dict[str, tuple[LineUp, ...]]]:
    """Line up the lines (by rank) of each unit by the part of the matter code that they name."""
    found: dict[tuple[str, str], dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        found[line.coverage, line.unit_code][line.category].append(line)
    return {
        (coverage, unit): {
            part: tuple(
                LineUp(GRID if coverage == GRIDS else SPECIAL, coverage, unit, part, together)
                for together in _ruled_first(same)
            )
            for part, same in parts.items()
        }
        for (coverage, unit), parts in found.items()
    }


def _placed(lines: Iterable[Line]) -> Iterator[LineUp]:
    """Line up what holds in a place: the longer matter code first, then rulings, then whatever is newer."""
    ups: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line in lines:
        ups[line.category, line.coverage, line.unit_code].append(line)
    found = [
        LineUp(PLACE, coverage, unit, category, together)
        for (category, coverage, unit), same in ups.items()
        for together in _ruled_first(sorted(same, key=_in_order))
    ]
    yield from sorted(found, key=_newest_first)


def _ruled_first(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Part lines (by rank) that are equal otherwise: rulings one by one, newest first, then the others."""
    ruled = [line for line in lines if line.dispute_id is not None]
    for line in sorted(ruled, key=_age):
        yield (line,)
    if len(ruled) < len(lines):
        yield tuple(line for line in lines if line.dispute_id is None)


def _newest_first(up: LineUp) -> tuple[int, bool, int]:
    return -len(up.category), up.lines[0].dispute_id is None, min(map(_age, up.lines))


def _age(line: Line) -> int:
    # A line of a draft has a number below zero: it would be newer than all that are there.
    return -line.id if line.id > 0 else line.id - 2**63


def _in_order(line: Line) -> tuple[int, int]:
    return line.rank, line.id
