"""How much an answer takes, known before any of it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from spatial.errors import InvalidInput
from spatial.patrols.heat import cells as lattice
from spatial.types import BBox

MOST_CELLS = 16_000_000
"""Cells of the window that is looked at, with those where nobody was."""
MOST_OCTETS = 512 << 20
"""Of the entries that one answer adds up."""
AT_ONCE = 32 << 20
"""Of them read at a time."""
COARSEST = 14
"""Levels beyond those that are kept are added up from the last of them."""


class Amount(NamedTuple):
    """What lies in a part of the span: cells of the level that is read, and octets."""

    place: int
    """Of the part in a list."""
    west: int
    north: int
    east: int
    south: int
    octets: int


class Measured(NamedTuple):
    """What an answer reads: rows of people, and totals of all people."""

    rows: list[Amount]
    totals: list[Amount]
    summed: frozenset[int] = frozenset()
    """Places that totals are read of, also those that nothing lies in."""

    @property
    def all(self) -> list[Amount]:
        """Give both."""
        return [*self.rows, *self.totals]


class Load(NamedTuple):
    """What is read at a time: parts of the span, or of one the share of some people."""

    places: list[int]
    slices: int = 1
    slice: int = 0


Measure = Callable[[int], Measured]
"""Tells how much an answer of a level would read."""


def kept(level: int) -> int:
    """Give the level that an answer's level is read from."""
    return min(level, lattice.LEVELS - 1)


def loads(amounts: Sequence[Amount]) -> Iterator[Load]:
    """Divide what is read into about AT_ONCE each."""
    places, octets = list[int](), 0
    for each in amounts:
        if places and octets + each.octets > AT_ONCE:
            yield Load(places)
            places, octets = [], 0
        if each.octets > AT_ONCE:
            slices = -(-each.octets // AT_ONCE)
            yield from (Load([each.place], slices, number) for number in range(slices))
        else:
            places, octets = [*places, each.place], octets + each.octets
    if places:
        yield Load(places)


def window(level: int, box: BBox | None, amounts: Sequence[Amount]) -> lattice.Window:
    """Find the cells of the answer's level to look at: those asked for, where anybody was."""
    if not amounts:
        return 0, 0, 0, 0
    finer = level - kept(level)
    west, north = min(each.west for each in amounts) >> finer, min(each.north for each in amounts) >> finer
    east, south = max(each.east for each in amounts) >> finer, max(each.south for each in amounts) >> finer
    of_box = lattice.window(level, box)
    return max(west, of_box[0]), max(north, of_box[1]), min(east, of_box[2]), min(south, of_box[3])


def measured(level: int, box: BBox | None, measure: Measure) -> tuple[Measured, lattice.Window]:
    """Measure an answer; InvalidInput for one that is too large, with the finest cells that are not."""
    amounts = measure(level)
    found = window(level, box, amounts.all)
    if _fits(found, amounts.all):
        return amounts, found
    for coarser in range(level + 1, COARSEST + 1):
        if coarser < lattice.LEVELS:
            amounts = measure(coarser)
        works = window(coarser, box, amounts.all)
        if _fits(works, amounts.all):
            side = lattice.side_m(coarser, _latitude(coarser, works))
            reason = f"is too fine for so much: resolution={side:.0f} works, or ask for a smaller bbox"
            raise InvalidInput.at("resolution", reason)
    reason = "holds too much at any resolution: ask for a smaller bbox, or a shorter span"
    raise InvalidInput.at("bbox", reason)


def _fits(found: lattice.Window, amounts: Sequence[Amount]) -> bool:
    west, north, east, south = found
    small = (east - west + 1) * (south - north + 1) <= MOST_CELLS
    return small and sum(each.octets for each in amounts) <= MOST_OCTETS


def _latitude(level: int, found: lattice.Window) -> float:
    return float(lattice.edges(level, 0, (found[1] + found[3] + 1) / 2)[1])
