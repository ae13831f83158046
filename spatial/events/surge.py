"""Surges (突增): more of a category in a unit than that hour of the week lets expect, and said why.

The baseline of a cell (unit x category) is what the category brings in that part of the week, in all units,
times the unit's share of it, and what the cell itself had in these hours. All are shrunk, for most cells hold
few events: the part of the week towards that of all categories, the unit's share towards the unit's share of
everything, the cell's own hours towards these two (Clayton & Kaldor 1987). The tail is negative binomial: how
sure the share is, and how much the counts of a cell spread from week to week by themselves. The false
discovery rate is held over all cells of the city, the quiet ones too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import nbinom

from spatial.events.hot_spots import false_discovery_limit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WEEK_H = 168.0
WEEKS = 8
"""Of the baseline, unless told."""
LEAST = 3
"""Events that make a surge at least."""
RATE = 0.05
CALM = 0.2
"""A surge goes on until p has been above this for QUIET looks: an alarm that comes and goes is one alarm."""
QUIET = 2
_PROFILE = 50.0
"""Events of all categories that a category's part of the week is shrunk by."""
_SMOOTHEST, _ROUGHEST = 1e4, 0.05


@dataclass(frozen=True)
class Happened:
    """What happened: arrays (n,) of cells and hours since any moment."""

    unit: IntArray
    """0 … units-1."""
    category: IntArray
    """0 … categories-1."""
    hour: FloatArray


@dataclass(frozen=True)
class Look:
    """All cells at a moment: arrays (units, categories)."""

    at_h: float
    count: IntArray
    expected: FloatArray
    size: FloatArray
    """Of the negative binomial: infinite would be Poisson."""
    p: FloatArray
    """Of as many or more by chance."""
    limit: float
    """p up to this stands at the false discovery rate; below 0: none does."""
    before: FloatArray
    """What the cell itself had in the same hours of the weeks before, on average."""

    @property
    def is_surge(self) -> npt.NDArray[np.bool_]:
        """Tell which cells stand out."""
        return (self.p <= self.limit) & (self.count >= LEAST)


@dataclass(frozen=True)
class Surge:
    """A cell that stands out, from when on, and how much at its worst."""

    unit: int
    category: int
    since_h: float
    """The first look that saw it."""
    until_h: float | None
    """The look that saw it over; None: it goes on."""
    worst_h: float
    count: int
    expected: float
    before: float
    p: float


def look(
    happened: Happened,
    units: int,
    categories: int,
    at_h: float,
    window_h: float = 24.0,
    weeks: int = WEEKS,
    rate: float = RATE,
) -> Look:
    """Compare the hours before `at_h` with what they were to hold by the weeks before."""
    shape = (units, categories)
    weekly = [_count(happened, at_h - WEEK_H * back, window_h, shape) for back in range(1, weeks + 1)]
    past = _count(happened, at_h - window_h, WEEK_H * weeks, shape)
    count = _count(happened, at_h, window_h, shape)
    same_hours = np.sum(weekly, axis=0)
    expected, certainty = _expected(past, same_hours, weeks)
    spread = _spread(weekly, expected)
    size = 1.0 / (1.0 / certainty + spread)
    p = tail(count, expected, size)
    return Look(at_h, count, expected, size, p, _limit(p, past, rate), same_hours / weeks)


def _count(happened: Happened, until_h: float, hours: float, shape: tuple[int, int]) -> IntArray:
    """Count by cell in (until - hours, until]."""
    inside = (happened.hour > until_h - hours) & (happened.hour <= until_h)
    cell = happened.unit[inside] * shape[1] + happened.category[inside]
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)


def _expected(past: IntArray, same_hours: IntArray, weeks: int) -> tuple[FloatArray, FloatArray]:
    """Expect (units, categories) in the window, and say how sure that is: the shape of a gamma."""
    everything = max(1.0, float(past.sum()))
    by_category = past.sum(axis=0).astype(np.float64)
    share = (same_hours.sum(axis=0) + _PROFILE * same_hours.sum() / everything) / (by_category + _PROFILE)
    fair = by_category[None, :] * (past.sum(axis=1)[:, None] / everything)
    shape = _smoothness(past, fair)
    # What the cell had at all hours, and what its unit and category let expect.
    sure = past + shape
    overall = fair * sure / (fair + shape) * share[None, :] / weeks
    # The same once more for the very hours: some units have a rhythm of their own.
    rhythm = 1.0 / (1.0 / _smoothness(same_hours, overall * weeks) + 1.0 / sure)
    known = np.maximum(overall, 1e-12)
    expected: FloatArray = (rhythm + same_hours) / (rhythm / known + weeks)
    return expected, np.asarray(rhythm + same_hours, np.float64)


def _smoothness(past: IntArray, fair: FloatArray) -> float:
    """Estimate the gamma that the relative rates of cells come from, by moments."""
    excess = float(((past - fair) ** 2 - fair).sum())
    return float(np.clip((fair**2).sum() / max(excess, 1e-9), _ROUGHEST, _SMOOTHEST))


def _spread(weekly: list[IntArray], expected: FloatArray) -> float:
    """Estimate by how much the same hours differ from week to week beyond Poisson, as 1 / size."""
    mean = np.mean(weekly, axis=0)
    weeks = len(weekly)
    if weeks < 2:
        return 0.0
    # Around each cell's own mean, which takes one of the weeks.
    excess = sum(float(((each - mean) ** 2).sum()) for each in weekly) * weeks / (weeks - 1) - weeks * float(
        mean.sum()
    )
    square = weeks * float((expected**2).sum())
    return float(np.clip(excess / square, 0.0, 1 / _ROUGHEST)) if square > 0 else 0.0


def tail(count: IntArray, expected: FloatArray, size: FloatArray) -> FloatArray:
    """Give the probability of as many or more."""
    p = nbinom.sf(count - 1, size, size / (size + expected))
    return np.where(count > 0, p, 1.0)


def _limit(p: FloatArray, past: IntArray, rate: float) -> float:
    """Hold the rate over every cell of units and categories that ever had an event."""
    live = np.ix_(past.sum(axis=1) > 0, past.sum(axis=0) > 0)
    return false_discovery_limit(p[live].ravel(), rate)


def surges(looks: list[Look]) -> list[Surge]:
    """Join what consecutive looks saw, oldest first, into surges; the worst first."""
    going: dict[tuple[int, int], _Going] = {}
    ended: list[Surge] = []
    for each in looks:
        for cell in zip(*(axis.tolist() for axis in np.nonzero(each.is_surge)), strict=True):
            going.setdefault(cell, _Going(each, cell)).see(each)
        for cell in [cell for cell, one in going.items() if one.is_over(each)]:
            ended.append(going.pop(cell).surge(each.at_h))
    found = ended + [one.surge(None) for one in going.values()]
    return sorted(found, key=lambda surge: (surge.until_h is not None, surge.p, surge.unit, surge.category))


class _Going:
    """A surge that goes on."""

    def __init__(self, first: Look, cell: tuple[int, int]) -> None:
        self.cell, self.since_h, self.worst, self.quiet = cell, first.at_h, first, 0

    def see(self, found: Look) -> None:
        if found.p[self.cell] < self.worst.p[self.cell]:
            self.worst = found

    def is_over(self, found: Look) -> bool:
        self.quiet = self.quiet + 1 if found.p[self.cell] > CALM else 0
        return self.quiet >= QUIET

    def surge(self, until_h: float | None) -> Surge:
        at, worst = self.cell, self.worst
        numbers = (
            int(worst.count[at]),
            float(worst.expected[at]),
            float(worst.before[at]),
            float(worst.p[at]),
        )
        return Surge(at[0], at[1], self.since_h, until_h, worst.at_h, *numbers)


def explained(surge: Surge, unit: str, category: str, window_h: float, weeks: int) -> dict[str, str]:
    """Say in words and numbers why a surge is one, in Chinese and in English."""
    expected, before = f"{surge.expected:.1f}", f"{surge.before:.1f}"
    times = f"{surge.count / max(surge.expected, 0.01):.0f}"
    chance = f"{max(surge.p, 1e-300):.1e}"
    return {
        "zh": (
            f"{unit} {window_h:g} 小时内「{category}」{surge.count} 件，按一周中这一时段预计约 {expected} 件"
            f"（前 {weeks} 周同一时段平均 {before} 件），约 {times} 倍；偶然如此的概率约 {chance}。"
        ),
        "en": (
            f"{surge.count} of '{category}' in {unit} within {window_h:g} h, where about {expected} are"
            f" expected at that time of the week ({before} on average in the {weeks} weeks before):"
            f" {times} times as many. By chance as many come with a probability of {chance}."
        ),
    }
