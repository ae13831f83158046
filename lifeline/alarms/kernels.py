"""The machine of `machine.py` over records, compiled: one row an alarm, all rows a tick.

Written anew and not called from there: one is the oracle of the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lifeline.alarms.rules import MOST_RUNGS
from spatial.grids.compiled import compiled, inlined

NEVER = np.iinfo(np.int64).max
"""A time that does not come."""

MOST_STEPS = 32
"""More than a row can do in a tick: four rungs go, fall silent and come, twice, with a value and a shelf."""

RATE, SILENCE, SAMENESS, OUTSIDE = 1, 2, 3, 4

NORMAL, UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED, LATCHED, SHELVED, SUPPRESSED, OUT_OF_SERVICE = range(8)
RAISED, UPGRADED, DOWNGRADED, CLEARED, SHELF_ENDED = range(5)


EACH = (MOST_RUNGS,)
"""A cell for each rung that a ladder may have."""

LADDER = np.dtype(
    [
        ("rungs", "i8"), ("measure", "i8"), ("sign", "f8"), ("low", "f8"), ("high", "f8"),
        ("least_samples", "i8"), ("future_ms", "i8"), ("is_latched", "i8"),
        ("sets", "f8", EACH), ("resets", "f8", EACH), ("on_ms", "i8", EACH), ("off_ms", "i8", EACH),
        ("silent_ms", "i8", EACH),
    ]
)  # fmt: skip
"""A rule of one input, as in `rules.Rule`; sets and resets are times the sign, in the measure's unit.

One record a row and no column each: the compiled code counts references to every array that it touches.
"""

ROW = np.dtype(
    [
        ("rule", "i8"), ("clock_ms", "i8"), ("seen_ms", "i8"), ("has_value", "i8"), ("value", "f8"),
        ("changed_ms", "i8"), ("run", "i8"),
        ("raw", "i8", EACH), ("since_ms", "i8", EACH), ("on", "i8", EACH),
        ("phase", "i8"), ("severity", "i8"), ("occurrence", "i8"), ("latch", "i8"),
        ("shelved_until_ms", "i8"), ("is_suppressed", "i8"), ("is_out_of_service", "i8"),
    ]
)  # fmt: skip
"""A state, as in `states.State`; rule is its place in the ladders, shelved_until_ms is NEVER for none."""

STEP = np.dtype(
    [
        ("row", "i8"), ("at_ms", "i8"), ("event", "i8"), ("before", "i8"), ("after", "i8"),
        ("severity", "i8"), ("occurrence", "i8"),
    ]
)  # fmt: skip
"""A transition, as in `states.Transition`, and of which row."""


@inlined
def shown(row: Any) -> Any:  # pragma: no cover
    """Tell what people see of a row."""
    if row.is_out_of_service:
        return OUT_OF_SERVICE
    if row.is_suppressed:
        return SUPPRESSED
    if row.shelved_until_ms != NEVER:
        return SHELVED
    return row.phase


@compiled
def tell(row: Any, event: int, before: int, out: Any, m: int) -> int:  # pragma: no cover
    """Write a transition of a row; gives where the next goes."""
    out[m].at_ms = row.clock_ms
    out[m].event = event
    out[m].before = before
    out[m].after = shown(row)
    out[m].severity = row.severity
    out[m].occurrence = row.occurrence
    return m + 1


@compiled
def next_due(ladder: Any, row: Any) -> int:  # pragma: no cover
    """Tell when a row moves by itself."""
    due: int = row.shelved_until_ms
    for k in range(ladder.rungs):
        if row.raw[k] != row.on[k]:
            delay = ladder.on_ms[k] if row.raw[k] else ladder.off_ms[k]
            due = min(due, row.since_ms[k] + delay)
        if ladder.measure == SILENCE and not row.raw[k]:
            due = min(due, row.seen_ms + ladder.silent_ms[k])
    return due


@compiled
def judge(ladder: Any, row: Any, severity: int, out: Any, m: int) -> int:  # pragma: no cover
    """Move a row to a severity."""
    old = row.severity
    if severity == old:
        return m
    before = shown(row)
    row.severity = severity
    row.occurrence += old == 0
    if before >= SHELVED:
        return m
    if severity > old:
        row.phase = UNACKNOWLEDGED
        row.latch = ladder.is_latched
        return tell(row, UPGRADED if old else RAISED, before, out, m)
    if severity:
        return tell(row, DOWNGRADED, before, out, m)
    if row.phase == UNACKNOWLEDGED:
        row.phase = RETURNED
    else:
        row.phase = LATCHED if row.latch else NORMAL
    return tell(row, CLEARED, before, out, m)


@compiled
def settle(ladder: Any, row: Any, at: int, out: Any, m: int) -> int:  # pragma: no cover
    """Draw the conclusions at a moment: rungs whose time is over, the alarm, the end of a shelf."""
    row.clock_ms = at
    severity = 0
    for k in range(ladder.rungs):
        if row.raw[k] != row.on[k]:
            delay = ladder.on_ms[k] if row.raw[k] else ladder.off_ms[k]
            if at - row.since_ms[k] >= delay:
                row.on[k] = row.raw[k]
        if row.on[k]:
            severity = k + 1
    m = judge(ladder, row, severity, out, m)
    if row.shelved_until_ms > at:
        return m
    before = shown(row)
    row.shelved_until_ms = NEVER
    if shown(row) < SHELVED:
        if row.severity:
            row.phase = UNACKNOWLEDGED
            row.latch = ladder.is_latched
        else:
            row.phase = RETURNED if row.latch else NORMAL
    return tell(row, SHELF_ENDED, before, out, m)


@inlined
def flip(row: Any, k: int, raw: bool, at: int) -> None:  # pragma: no cover
    """Turn a rung's condition at a moment, where it turns."""
    if row.raw[k] != raw:
        row.raw[k] = raw
        row.since_ms[k] = at


@compiled
def wait(ladder: Any, row: Any, to: int, out: Any, m: int) -> int:  # pragma: no cover
    """Let the time of a row pass until `to`."""
    while True:
        due = next_due(ladder, row)
        if due > to:
            break
        if ladder.measure == SILENCE:
            for k in range(ladder.rungs):
                flip(row, k, due - row.seen_ms >= ladder.silent_ms[k], due)
        m = settle(ladder, row, due, out, m)
    row.clock_ms = max(row.clock_ms, to)
    return m


@inlined
def measured(ladder: Any, row: Any, slope: float) -> float:  # pragma: no cover
    """Measure a row at its newest value; NaN where there is too little to say."""
    what, value = ladder.measure, row.value
    if what == RATE:
        return slope
    if what == SAMENESS:
        same = (row.seen_ms - row.changed_ms) / 1000
        return same if row.run >= ladder.least_samples else 0.0
    if what == OUTSIDE:
        return 0.0 if ladder.low <= value <= ladder.high else 1.0
    return 0.0 if what == SILENCE else value


@compiled
def hear(
    ladder: Any, row: Any, at: int, value: float, slope: float, out: Any, m: int
) -> int:  # pragma: no cover
    """Take a believed value, and the slope up to it where that is asked, into a row."""
    m = wait(ladder, row, at, out, m)
    is_same = row.has_value and row.value == value
    row.run = row.run + 1 if is_same else 1
    if not is_same:
        row.changed_ms = at
    row.has_value, row.value, row.seen_ms = True, value, at
    signed = ladder.sign * measured(ladder, row, slope)
    if not np.isnan(signed):
        for k in range(ladder.rungs):
            bound = ladder.resets[k] if row.raw[k] else ladder.sets[k]
            flip(row, k, signed >= bound, at)
    return settle(ladder, row, at, out, m)


@compiled
def sweep(
    ladders: Any, rows: Any, is_new: Any, at: Any, value: Any, to: int, start: int, out: Any
) -> tuple[int, int]:  # pragma: no cover
    """Move all rows from `start` on by their new value and then to a time, until `out` may be full.

    Gives the row to go on with, and how many transitions were written.
    """
    m = 0
    for i in range(start, len(rows)):
        if m + MOST_STEPS > len(out):
            return i, m
        row, first = rows[i], m
        ladder = ladders[row.rule]
        if is_new[i]:
            m = hear(ladder, row, at[i], value[i], np.nan, out, m)
        m = wait(ladder, row, to, out, m)
        for k in range(first, m):
            out[k].row = i
    return len(rows), m


@compiled
def rehearse(
    ladders: Any, rows: Any, at: Any, value: Any, slope: Any, to: int, start: int, out: Any
) -> tuple[int, int]:  # pragma: no cover
    """Move row 0 through its history from value `start` on and then to a time, until `out` may be full.

    Gives where to go on (one more than there are values: all is done), and how many were written.
    """
    m = 0
    for place in range(start, len(at) + 1):
        if m + MOST_STEPS > len(out):
            return place, m
        if place < len(at):
            m = hear(ladders[0], rows[0], at[place], value[place], slope[place], out, m)
        else:
            m = wait(ladders[0], rows[0], to, out, m)
    return len(at) + 1, m


@compiled
def slopes(at: Any, value: Any, window_ms: int, least: int, most: int) -> Any:  # pragma: no cover
    """Fit the slope per second at each value over the window before it; NaN where samples are too few."""
    found = np.full(len(at), np.nan)
    first = 0
    for place in range(len(at)):
        first = max(first, place + 1 - most)
        while at[first] < at[place] - window_ms:
            first += 1
        if place + 1 - first < least:
            continue
        count, sum_t, sum_v, sum_tt, sum_tv = 0.0, 0.0, 0.0, 0.0, 0.0
        for k in range(first, place + 1):
            t, v = (at[k] - at[first]) / 1000, value[k] - value[first]
            count += 1
            sum_t += t
            sum_v += v
            sum_tt += t * t
            sum_tv += t * v
        found[place] = (count * sum_tv - sum_t * sum_v) / (count * sum_tt - sum_t * sum_t)
    return found
