"""The hours of a fence around a day: by the city's clock and the working calendar. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from spatial.events.calendar import Calendar
from spatial.patrols.fences.visits import Span
from spatial.patrols.plans.recurrence import Recurrence

BEFORE, AFTER = timedelta(days=2), timedelta(days=1)
"""A window that begins two days before may reach into the hour before the day."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)


def is_always(row: Mapping[str, Any]) -> bool:
    """Tell whether a fence is watched all the time."""
    return row["starts"] == row["ends"] and row["days"] == "all" and len(set(row["weekdays"])) == 7


def windows_around(row: Mapping[str, Any], day: date, calendar: Calendar) -> list[Span]:
    """List the hours of a fence from two days before to a day after, those that touch as one."""
    first, last = day - BEFORE, day + AFTER
    recurrence = Recurrence(
        first, row["starts"], row["ends"], days=row["days"], weekdays=tuple(row["weekdays"])
    )
    spans = [(_us(begin), _us(end)) for begin, end in recurrence.windows(first, last, calendar)]
    return _merged(spans)


def _merged(spans: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
