"""Space-time permutation scan (时空扫描): where and when more happened than place and day alone explain.

Kulldorff, Heffernan, Hartman, Assunção & Mostashari 2005: cylinders of a circle and some days; what is
expected inside is (events of the circle x events of the days) / all events, so neither people nor a baseline
need be known; the likelihood ratio of the best cylinder is judged against events whose days were shuffled.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ENOUGH = 50
"""Shuffles that beat the best cylinder: it is ordinary then, and no more are made."""
_AT_ONCE = 50


@dataclass(frozen=True)
class Cylinder:
    """A circle and days in which more happened than was expected."""

    centre: tuple[float, float]
    """Metres."""
    radius_m: float
    """To the furthest place inside."""
    places: IntArray
    """Which places lie inside."""
    first_day: int
    last_day: int
    count: int
    expected: float
    ratio: float
    """Logarithm of the likelihood ratio."""
    p: float
    """Share of the shuffles whose best cylinder is as good, this one counted in."""
    p_gumbel: float
    """The same by the extreme value distribution of the shuffles' best: also below 1 / shuffles."""


@dataclass(frozen=True)
class Limits:
    """How large cylinders may be."""

    radius_m: float = 1500.0
    days: int = 7
    share: float = 0.5
    """Of all events inside the circle, at most."""
    only_last: bool = False
    """Only cylinders that last until the last day: what goes on now (prospective)."""


@dataclass(frozen=True)
class _Zones:
    start: IntArray
    cells: IntArray
    ends_ring: npt.NDArray[np.bool_]
    distance_m: FloatArray


def scan(
    places_m: FloatArray,
    place: IntArray,
    day: IntArray,
    days: int,
    limits: Limits = Limits(),
    shuffles: int = 999,
    seed: int = 0,
    tick: Callable[[float], None] | None = None,
) -> list[Cylinder]:
    """Find cylinders that do not share a place, best first; the events' places and days are all that counts.

    places_m: (p, 2) where events can be, which are the centres too; place: (n,) of each event; day: (n,)
    0 … days-1. The same seed gives the same p. `tick` is told the share that is done.
    """
    if len(place) < 2 or days < 2:
        return []
    zones = _zones(places_m, limits.radius_m)
    ask = _Asking(zones, len(places_m), place, day, days, limits)
    ratios, found = ask.best(day, shared=False)
    top = float(ratios.max(initial=0.0))
    highest = _shuffled(ask, day, shuffles, seed, top, tick)
    return [
        _cylinder(places_m, zones, ask, ratios, found, at, highest) for at in _apart(zones, ratios, found)
    ]


def _zones(places_m: FloatArray, radius_m: float) -> _Zones:
    """Sort the places around each one by distance."""
    tree = KDTree(places_m)
    near = tree.sparse_distance_matrix(tree, radius_m, output_type="ndarray")
    order = np.lexsort((near["j"], near["v"], near["i"]))
    one, cells, apart = near["i"][order], near["j"][order].astype(np.int64), near["v"][order]
    start = np.searchsorted(one, np.arange(len(places_m) + 1)).astype(np.int64)
    # A zone that held only some of the places at one distance would depend on their order.
    ends = np.ones(len(one), bool)
    ends[:-1] = (one[1:] != one[:-1]) | (apart[1:] > apart[:-1] * (1 + 1e-12))
    return _Zones(start, cells, ends, apart)


class _Asking:
    """The same zones asked again and again for the best cylinders."""

    def __init__(
        self, zones: _Zones, places: int, place: IntArray, day: IntArray, days: int, limits: Limits
    ) -> None:
        # Late: the compiler takes seconds to import.
        from spatial.events.space_time_scan_kernels import best_cylinders

        self._kernel = best_cylinders
        self._zones, self._shape, self._limits = zones, (places, days), limits
        self._row = place * days
        self._logs = np.concatenate([[0.0], np.log(np.arange(1, len(place) + 1))])
        self.total = len(place)
        self._here = np.bincount(place, minlength=places)
        self._then = np.bincount(day, minlength=days)

    def counts(self, day: IntArray) -> IntArray:
        """Count the events by place and day."""
        size = self._shape[0] * self._shape[1]
        return np.bincount(self._row + day, minlength=size).reshape(self._shape).astype(np.int64)

    def best(self, day: IntArray, shared: bool) -> tuple[FloatArray, IntArray]:
        """Find the best cylinder of each centre; see best_cylinders."""
        limits, zones = self._limits, self._zones
        found: tuple[FloatArray, IntArray] = self._kernel(
            self.counts(day), zones.start, zones.cells, zones.ends_ring, limits.days,
            int(limits.share * self.total), limits.only_last, self._logs, shared,
        )  # fmt: skip
        return found

    def expected(self, inside: IntArray, first: int, until: int) -> float:
        """Give how many events place and day alone let expect."""
        return float(self._here[inside].sum()) * float(self._then[first:until].sum()) / self.total

    def highest(self, day: IntArray) -> float:
        """Give the ratio of the best cylinder of all."""
        return float(self.best(day, shared=True)[0].max(initial=0.0))


def _shuffled(
    ask: _Asking, day: IntArray, shuffles: int, seed: int, top: float, tick: Callable[[float], None] | None
) -> FloatArray:
    """Give the best ratios when days are shuffled among events; fewer when the best is ordinary."""

    def one(number: int) -> float:
        return ask.highest(np.random.default_rng([seed, number]).permutation(day))

    found: list[float] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, shuffles, _AT_ONCE):
            found += pool.map(one, range(first, min(shuffles, first + _AT_ONCE)))
            if tick is not None:
                tick(len(found) / shuffles)
            if sum(each >= top for each in found) >= ENOUGH:
                break
    return np.array(found)


def _apart(zones: _Zones, ratios: FloatArray, found: IntArray) -> list[int]:
    """Choose centres whose cylinders share no place with a better one's."""
    taken: set[int] = set()
    chosen = []
    for at in np.argsort(-ratios, kind="stable").tolist():
        inside = _inside(zones, found, at)
        if ratios[at] > 0 and taken.isdisjoint(inside):
            chosen.append(at)
            taken.update(inside)
    return chosen


def _inside(zones: _Zones, found: IntArray, at: int) -> list[int]:
    start = zones.start[at]
    inside: list[int] = zones.cells[start : start + found[at, 0]].tolist()
    return inside


def _cylinder(
    places_m: FloatArray,
    zones: _Zones,
    ask: _Asking,
    ratios: FloatArray,
    found: IntArray,
    at: int,
    highest: FloatArray,
) -> Cylinder:
    size, first, until, count = found[at].tolist()
    inside = np.array(_inside(zones, found, at))
    expected = ask.expected(inside, first, until)
    ratio = float(ratios[at])
    p = (float((highest >= ratio).sum()) + 1) / (len(highest) + 1)
    radius_m = float(zones.distance_m[zones.start[at] + size - 1])
    centre = (float(places_m[at, 0]), float(places_m[at, 1]))
    return Cylinder(
        centre, radius_m, inside, first, until - 1, count, expected, ratio, p, gumbel(ratio, highest)
    )


def gumbel(ratio: float, highest: FloatArray) -> float:
    """Give the tail beyond a ratio of the Gumbel with the moments of others (Abrams et al. 2010)."""
    if len(highest) < 2 or not highest.std():
        return 1.0
    scale = highest.std(ddof=1) * np.sqrt(6) / np.pi
    return float(-np.expm1(-np.exp(-(ratio - highest.mean()) / scale - np.euler_gamma)))
