"""The working calendar (工作日历): hours of a week, holidays, and working days that make up for them (调休).

Pure. China has one time zone and no summer time, so a working moment is a number of seconds; the whole
calendar is one table of intervals with the working seconds before each, and a deadline is two searches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.int64]

BEIJING_S = 8 * 3600
"""Beijing is ahead of UTC by this, the whole year."""
DAY_S = 86_400
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
"""The days that a calendar covers; no event is older, and no deadline later."""
_MONDAY = 1


@dataclass(frozen=True)
class Calendar:
    """Working hours [opens, closes) by weekday (1 Monday … 7 Sunday), and the days that are otherwise.

    A day off that is made a working one has the hours of its weekday, or those of Monday when it has none.
    """

    hours: tuple[tuple[int, time, time], ...]
    days: tuple[tuple[date, bool], ...] = ()

    @classmethod
    def of(cls, hours: Sequence[tuple[int, time, time]], days: Mapping[date, bool]) -> Calendar:
        """Make a calendar of what the database says."""
        return cls(tuple(sorted(hours)), tuple(sorted(days.items())))

    def add(self, start: datetime, seconds: int) -> datetime | None:
        """Give the moment when so many working seconds have gone since `start` (zoned); in UTC.

        None when that is never: nobody works, or not before the calendar ends. Nothing to wait for is over
        at once, also at night.
        """
        found = self.add_many(np.array([_floor(start)]), np.array([seconds]))
        return None if found[0] < 0 else datetime.fromtimestamp(int(found[0]), UTC)

    def between(self, start: datetime, end: datetime) -> int:
        """Count the working seconds from `start` to `end`; negative when the end comes first."""
        gone = self.worked(np.array([_floor(start), _floor(end)]))
        return int(gone[1] - gone[0])

    def add_many(self, starts_s: Seconds, seconds: Seconds) -> Seconds:
        """Do the same for n POSIX seconds and n durations; -1 stands for never."""
        begins, _, before = self._intervals
        wanted = self.worked(starts_s) + seconds
        if not len(begins):
            return np.where(seconds > 0, -1, starts_s)
        row = np.searchsorted(before, wanted, side="left") - 1
        inside = np.clip(row, 0, len(begins) - 1)
        found = begins[inside] + wanted - before[inside]
        found = np.where(wanted > before[-1], -1, found)
        return np.asarray(np.where(seconds <= 0, starts_s, found), np.int64)

    def worked(self, at_s: Seconds) -> Seconds:
        """Count the working seconds from the calendar's first day to each moment."""
        begins, ends, before = self._intervals
        if not len(begins):
            return np.zeros(len(at_s), np.int64)
        row = np.searchsorted(begins, at_s, side="right") - 1
        inside = np.maximum(row, 0)
        into = np.clip(at_s - begins[inside], 0, ends[inside] - begins[inside])
        return np.asarray(np.where(row < 0, 0, before[inside] + into), np.int64)

    @cached_property
    def _intervals(self) -> tuple[Seconds, Seconds, Seconds]:
        """Begins and ends (n,) in POSIX seconds; working seconds before each begin and in all (n+1,)."""
        count = (LAST - FIRST).days
        weekday = (FIRST.isoweekday() - 1 + np.arange(count)) % 7 + 1
        works = np.isin(weekday, [each[0] for each in self.hours])
        for day, working in self.days:
            if FIRST <= day < LAST:
                number = (day - FIRST).days
                if working and not works[number]:
                    weekday[number] = _MONDAY
                works[number] = working
        parts = [self._interval(row, (weekday == row[0]) & works) for row in self.hours]
        begins = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0, np.int64)
        ends = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, np.int64)
        order = np.argsort(begins, kind="stable")
        lengths = (ends - begins)[order]
        return begins[order], ends[order], np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    def _interval(self, row: tuple[int, time, time], on: npt.NDArray[np.bool_]) -> tuple[Seconds, Seconds]:
        midnight = _FIRST_S + np.flatnonzero(on).astype(np.int64) * DAY_S
        return midnight + _second_of(row[1]), midnight + _second_of(row[2])


_FIRST_S = int(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC).timestamp()) - BEIJING_S


def beijing_day(at: datetime) -> date:
    """Give the day that it is in Beijing."""
    return (at.astimezone(UTC) + timedelta(seconds=BEIJING_S)).date()


def _second_of(of_day: time) -> int:
    return of_day.hour * 3600 + of_day.minute * 60 + of_day.second


def _floor(at: datetime) -> int:
    return int(at.timestamp() // 1)
