"""What the track of a mover's day puts into the heat: a pure function of its graded fixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from spatial.patrols.columns import Columns
from spatial.patrols.days import bounds
from spatial.patrols.grading import Graded, Parameters, Stay
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.kernels import spread
from spatial.patrols.heat.records import Contributions, Entries
from spatial.patrols.verdicts import COUNTS_FOR_PRESENCE

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

GAP_S = Parameters.gap_s
"""After a longer silence nobody knows where the mover was."""


@dataclass(frozen=True)
class Stays:
    """Where the mover stayed (n,), one after the other: the time in between fixes of a stay counts there."""

    begin_us: Int
    end_us: Int
    """The last fix of it."""
    lon: Float
    lat: Float

    @classmethod
    def of(cls, stays: Sequence[Stay]) -> Stays:
        """Take the stays that grading found, in the order of time."""
        times = [[each.begin_us for each in stays], [each.end_us for each in stays]]
        places = [[each.lon for each in stays], [each.lat for each in stays]]
        return cls(*np.array(times, np.int64), *np.array(places, np.float64))


def of_graded(graded: Graded, day: date) -> Contributions:
    """Tell what a graded day puts into the heat."""
    way = graded.way
    times = graded.columns.time_us[way.rows]
    step_us = np.diff(times, prepend=times[:1])
    # Of a leg that took time, and none is told though there was no gap, nobody knows which way it went.
    broken = (way.leg_ms == 0) & (step_us >= 1000) & (step_us <= GAP_S * 1e6)
    stays = Stays.of(graded.whole_stays)
    return contributions(graded.columns, graded.verdicts, day, stays, times[broken])


def contributions(
    track: Columns, verdicts: npt.NDArray[np.int8], day: date, stays: Stays, breaks_us: Int
) -> Contributions:
    """Spread the time between consecutive fixes that count over the cells that the mover passed.

    track: the fixes of the local day with their context before and after, verdicts (n,). breaks_us: fixes
    that the mover cannot have come to. A leg to one, and one that takes longer than GAP_S, counts nowhere;
    what lies outside of the day is the other day's. The milliseconds add up exactly to the time of all legs
    that count.
    """
    counting = np.isin(verdicts, np.array(sorted(COUNTS_FOR_PRESENCE), np.int8))
    fixes = track[np.flatnonzero(counting & np.isfinite(track.lon) & np.isfinite(track.lat))]
    if len(fixes) < 2:
        return Contributions(Entries.none(), ())
    x, y, unit = _legs(fixes, stays)
    begin_ms, end_ms = (each // 1000 for each in bounds(day))
    pieces, count = spread(
        fixes.time_us // 1000,
        x,
        y,
        unit,
        _known(fixes.time_us, breaks_us),
        begin_ms,
        end_ms,
        _most_pieces(x, y),
    )
    return _added(pieces[:count], track.units)


def _legs(fixes: Columns, stays: Stays) -> tuple[Float, Float, Int]:
    """Give begin and end of each leg, (n - 1, 2) across and down, and the units of fixes (n,).

    Both ends of a leg within a stay are the middle of the stay, and its unit that of the stay's first fix.
    """
    across, down = lattice.spots(fixes.lon, fixes.lat)
    unit = fixes.unit.astype(np.int64)
    x, y = (np.column_stack([each[:-1], each[1:]]) for each in (across, down))
    if not len(stays.begin_us):
        return x, y, unit
    stay = np.searchsorted(stays.begin_us, fixes.time_us, side="right") - 1
    stay[(stay >= 0) & (fixes.time_us > stays.end_us[stay])] = -1
    held = np.flatnonzero((stay[:-1] >= 0) & (stay[:-1] == stay[1:]))
    middle_x, middle_y = lattice.spots(stays.lon, stays.lat)
    x[held], y[held] = middle_x[stay[held]][:, None], middle_y[stay[held]][:, None]
    first = np.searchsorted(fixes.time_us, stays.begin_us)
    inside = stay >= 0
    unit[inside] = unit[np.minimum(first, len(unit) - 1)][stay[inside]]
    return x, y, unit


def _known(time_us: Int, breaks_us: Int) -> npt.NDArray[np.bool_]:
    """Tell of which legs (n - 1,) the way is known."""
    breaks = np.sort(breaks_us)
    passed = np.searchsorted(breaks, time_us, side="right")
    return np.asarray((np.diff(time_us) <= GAP_S * 1e6) & (passed[1:] == passed[:-1]))


def _most_pieces(x: Float, y: Float) -> int:
    """Bound how many pieces the legs are cut into."""
    crossed = sum(int(np.abs(np.diff(np.floor(each), axis=1)).sum()) for each in (x, y))
    return crossed + 3 * len(x) + 48


def _added(pieces: Int, codes: tuple[str, ...]) -> Contributions:
    column, row = pieces[:, 0] >> 32, pieces[:, 0] & 0xFFFFFFFF
    # In the order of their codes, so that the same figures are the same bytes.
    used = sorted({codes[unit] for unit in np.unique(pieces[:, 2]).tolist() if unit >= 0})
    numbers = {code: number for number, code in enumerate(used, 1)}
    known = np.array([*(numbers.get(code, 0) for code in codes), 0], np.int64)
    entries = Entries.of(lattice.number(column, row), known[pieces[:, 2]], pieces[:, 1], pieces[:, 3])
    return Contributions(entries, tuple(used))
