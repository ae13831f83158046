"""Visits (打卡): when a track was in a fence, by fixes of which accuracy leaves no doubt. Pure.

A visit begins with a fix that is inside by more than its accuracy, and ends with one that is outside by more
than that, and by 15 m at least. Between the two everything stays as it is: a phone that wobbles at the edge
neither comes nor goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from spatial.patrols.compliance.seen import SIGMA_PER_ACCURACY
from spatial.patrols.compliance.track import FloatArray, Track
from spatial.patrols.fences.areas import LEAST_OUT_M, Area, near

SILENT_S = 1_800
"""After so long without a fix nobody knows; it is less than the hour around a day that is looked at."""
LONGEST_S = 1_800
"""Of join_s and min_dwell_s: a visit over midnight is then the same seen from both days."""
MEMORY_S = 60
"""Errors of positions forget themselves within that; fixes of less say the same thing twice."""
CERTAIN = 0.99
_NEVER = np.iinfo(np.int64).max
IN, OUT, DOUBTFUL = 1, -1, 0
LEFT, HOURS, SILENT, MIDNIGHT = "left", "hours", "silent", "midnight"

Int = npt.NDArray[np.int64]
States = npt.NDArray[np.int8]
Span = tuple[int, int]
"""[begin, end) in POSIX microseconds."""
Windows = Sequence[Span] | None
"""In order and apart; None: always."""


@dataclass(frozen=True)
class Terms:
    """What counts as a visit of a fence."""

    area: Area
    windows: Windows = None
    min_dwell_s: float = 0.0
    join_s: float = 120.0


@dataclass(frozen=True)
class Visit:
    """Some time in a fence."""

    since_us: int
    """Of the first fix that is certainly inside."""
    last_us: int
    """Of the last fix before somebody had certainly left."""
    until_us: int | None
    """Of the fix that says they had left; the end of the hours; the last fix before a silence. None: open."""
    ended: str | None
    """left, hours, silent; of a part of a day also midnight."""
    probability: float
    """That the mover was there, by the fixes inside."""
    fixes: int
    """Of the visit, those at the edge included; of the day alone when one is given."""


@dataclass(frozen=True)
class _Run:
    since_us: int
    last_us: int
    until_us: int | None
    ended: str | None
    rows: slice
    """Of the fixes that are in hours."""


def visits_of(track: Track, fences: Sequence[Terms], day: Span) -> Iterator[tuple[int, list[Visit]]]:
    """Tell the visits of a track on a day to fences, by their places in the list; those without any left out.

    track: of one mover in the order of time, of the day and an hour around it; fixes of other verdicts and
    worse accuracies count for nothing.
    """
    worst = max((each.area.worst_accuracy_m for each in fences), default=0.0)
    counted = track.counted(worst)
    for number, rows in near([each.area for each in fences], counted.lon, counted.lat):
        terms = fences[number]
        deep = np.full(len(counted), -np.inf)
        deep[rows] = terms.area.depth_m(counted.lon[rows], counted.lat[rows])
        good = counted.accuracy_m <= terms.area.worst_accuracy_m
        times, depth_m = counted.time_us[good], deep[good]
        found = visits(times, depth_m, counted.accuracy_m[good], terms, day)
        if found:
            yield number, found


def visits(time_us: Int, depth_m: FloatArray, accuracy_m: FloatArray, terms: Terms, day: Span) -> list[Visit]:
    """Tell the parts of visits in [begin, end) of fixes (n,) in the order of time.

    depth_m: how deep each fix is inside, negative outside; accuracy_m: how sure it is of that.
    """
    states = states_of(depth_m, accuracy_m)
    if not (states == IN).any():
        return []
    window = _window_of(time_us, terms.windows)
    following = np.append(time_us[1:], _NEVER)
    rows = np.flatnonzero(window >= 0)
    runs = _runs(time_us[rows], states[rows], window[rows], following[rows], terms.windows)
    deep, sigma = depth_m[rows], accuracy_m[rows] * SIGMA_PER_ACCURACY
    doubt = np.where(states[rows] == IN, ndtr(-deep / sigma), 1.0)
    found = [_visit(group, time_us[rows], doubt, day) for group in _joined(runs, terms.join_s)]
    long = [each for each in found if each.last_us - each.since_us >= terms.min_dwell_s * 1e6]
    return [_cut(each, *day) for each in long if each.since_us < day[1] and _end_of(each) > day[0]]


def states_of(depth_m: FloatArray, accuracy_m: FloatArray) -> States:
    """Say of fixes (n,) whether they are certainly inside, certainly outside, or neither."""
    inside = depth_m > accuracy_m
    outside = -depth_m > np.maximum(LEAST_OUT_M, accuracy_m)
    return np.where(inside, IN, np.where(outside, OUT, DOUBTFUL)).astype(np.int8)


def _end_of(visit: Visit) -> int:
    return visit.last_us + 1 if visit.until_us is None else visit.until_us


def _cut(visit: Visit, begin_us: int, end_us: int) -> Visit:
    """Cut a visit to a day: one that goes on is open at midnight, and the next day has the other part."""
    since = max(visit.since_us, begin_us)
    last = max(since, min(visit.last_us, end_us - 1))
    if max(visit.last_us, _end_of(visit)) >= end_us:
        return replace(visit, since_us=since, last_us=last, until_us=end_us, ended=MIDNIGHT)
    return replace(visit, since_us=since, last_us=last)


def _window_of(time_us: Int, windows: Windows) -> Int:
    """Tell in which window each moment lies; -1 for none."""
    if windows is None:
        return np.zeros(len(time_us), np.int64)
    begins = np.array([begin for begin, _ in windows], np.int64)
    ends = np.array([end for _, end in windows], np.int64)
    if not len(begins):
        return np.full(len(time_us), -1, np.int64)
    at = np.searchsorted(begins, time_us, side="right") - 1
    return np.asarray(np.where((at >= 0) & (time_us < ends[at]), at, -1), np.int64)


def _runs(time_us: Int, states: States, window: Int, following: Int, windows: Windows) -> list[_Run]:
    """Find where the track is inside without a break: what is doubtful stays what it was."""
    count = len(time_us)
    if not count:
        return []
    fresh = np.ones(count, bool)
    fresh[1:] = (np.diff(time_us) > SILENT_S * 1_000_000) | (np.diff(window) != 0)
    known = np.where((states != DOUBTFUL) | fresh, np.arange(count), 0)
    inside = states[np.maximum.accumulate(known)] == IN
    begins = np.flatnonzero(inside & (fresh | ~np.append(False, inside[:-1]))).tolist()
    ends = np.flatnonzero(inside & np.append(fresh[1:] | ~inside[1:], True)).tolist()
    found = []
    for first, last in zip(begins, ends, strict=True):
        until: int | None = int(time_us[last])
        ended: str | None = SILENT
        if last + 1 < count and not fresh[last + 1]:
            until, ended = int(time_us[last + 1]), LEFT
        elif following[last] == _NEVER:
            until, ended = None, None
        elif windows is not None and following[last] - time_us[last] <= SILENT_S * 1_000_000:
            until, ended = windows[int(window[last])][1], HOURS
        found.append(
            _Run(int(time_us[first]), int(time_us[last]), until, ended, slice(first, last + 1))
        )  # fmt: skip
    return found


def _joined(runs: Sequence[_Run], join_s: float) -> list[list[_Run]]:
    """Put runs together that somebody left only briefly."""
    groups: list[list[_Run]] = []
    for each in runs:
        if groups and _is_brief(groups[-1][-1], each, join_s):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _is_brief(before: _Run, after: _Run, join_s: float) -> bool:
    left = before.until_us if before.ended == LEFT else None
    return left is not None and after.since_us - left < join_s * 1e6


def _visit(group: Sequence[_Run], time_us: Int, doubt: FloatArray, day: Span) -> Visit:
    rows = np.concatenate([np.arange(run.rows.start, run.rows.stop) for run in group])
    times = time_us[rows]
    minute = (times - group[0].since_us) // (MEMORY_S * 1_000_000)
    begins = np.flatnonzero(np.append(True, np.diff(minute) > 0))
    wrong = float(np.prod(np.minimum.reduceat(doubt[rows], begins)))
    fixes = int(np.count_nonzero((times >= day[0]) & (times < day[1])))
    last = group[-1]
    return Visit(
        group[0].since_us, last.last_us, last.until_us, last.ended, round(1.0 - wrong, 6), fixes
    )  # fmt: skip
