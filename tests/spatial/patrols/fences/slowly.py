"""Visits told fix by fix, as one would by hand: the oracle of spatial.patrols.fences.visits.

It knows no arrays and looks at each fix once, in turn, with a memory of what is going on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SILENT_US = 1_800_000_000


@dataclass
class Stay:
    """A visit that goes on, or is over."""

    since: int
    last: int
    until: int | None = None
    ended: str | None = None
    times: tuple[int, ...] = ()


Fix = tuple[int, float, float]
"""Time in microseconds, metres inside (negative outside), accuracy in metres."""


def _where(depth: float, accuracy: float) -> str:
    if depth > accuracy:
        return "in"
    if depth < -15.0 and depth < -accuracy:
        return "out"
    return "perhaps"


def _window(time: int, windows: Sequence[tuple[int, int]] | None) -> tuple[int, int] | None:
    if windows is None:
        return (-(2**62), 2**62)
    return next(((begin, end) for begin, end in windows if begin <= time < end), None)


def stays(fixes: Sequence[Fix], windows: Sequence[tuple[int, int]] | None) -> list[Stay]:
    """Tell the stays, brief exits not yet forgotten."""
    found: list[Stay] = []
    now: Stay | None = None
    before: int | None = None
    open_window: tuple[int, int] | None = None
    for time, depth, accuracy in fixes:
        window = _window(time, windows)
        if now is not None and before is not None:
            if time - before > SILENT_US:
                now.until, now.ended, now = before, "silent", None
            elif window != open_window:
                assert open_window is not None
                now.until, now.ended, now = open_window[1], "hours", None
        before = time
        open_window = window
        if window is None:
            continue
        where = _where(depth, accuracy)
        if now is None and where == "in":
            now = Stay(time, time)
            found.append(now)
        if now is not None and where == "out":
            now.until, now.ended, now = time, "left", None
        if now is not None:
            now.last = time
            now.times += (time,)
    return found


def told(
    fixes: Sequence[Fix], windows: Sequence[tuple[int, int]] | None, dwell_s: float, join_s: float,
    day: tuple[int, int],
) -> list[tuple[int, int, int | None, str | None, int]]:  # fmt: skip
    """Tell visits on a day: since, last, until, ended, fixes."""
    whole: list[Stay] = []
    for stay in stays(fixes, windows):
        last = whole[-1] if whole else None
        left = last.until if last is not None and last.ended == "left" else None
        if last is not None and left is not None and stay.since - left < join_s * 1_000_000:
            whole[-1] = Stay(last.since, stay.last, stay.until, stay.ended, last.times + stay.times)
        else:
            whole.append(stay)
    found = []
    for each in whole:
        if each.last - each.since < dwell_s * 1_000_000 or each.since >= day[1]:
            continue
        if (each.until if each.until is not None else each.last + 1) <= day[0]:
            continue
        inside = sum(day[0] <= time < day[1] for time in each.times)
        since = max(each.since, day[0])
        last_us = max(since, min(each.last, day[1] - 1))
        until, ended = each.until, each.ended
        if each.last >= day[1] or (until is not None and until >= day[1]):
            until, ended = day[1], "midnight"
        found.append((since, last_us, until, ended, inside))
    return found
