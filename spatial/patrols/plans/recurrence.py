"""When a plan is due: windows by the city's clock and its working calendar. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from spatial.events.calendar import Calendar
from spatial.patrols.days import ZONE, moments

PERIODS = ("day", "week", "month")
DAYS = ("all", "working", "off")
Window = tuple[datetime, datetime]
_EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True)
class Recurrence:
    """When something is due again; see spatial.patrols.plans.models.PatrolPlan."""

    valid_from: date
    starts: time
    ends: time
    valid_until: date | None = None
    period: str = "day"
    days: str = "all"
    weekdays: Sequence[int] = _EVERY_DAY
    every: int = 1
    rounds: int = 1

    def windows(self, first: date, last: date, calendar: Calendar) -> list[Window]:
        """List the windows [start, end), in UTC, of the periods that begin on days first … last."""
        found: list[Window] = []
        for begin, end in self._periods(first, last):
            days = [day for day in _days(begin, end) if self._counts(day, calendar)]
            if days:
                found += self._cut(days[0], days[-1])
        return found

    def _periods(self, first: date, last: date) -> Iterator[tuple[date, date]]:
        """Give first and last day of each period, cut to the days that the plan is valid on."""
        begin = self._begin(self.valid_from)
        number = 0
        while begin <= last and (self.valid_until is None or begin <= self.valid_until):
            following = self._next(begin)
            shown = max(begin, self.valid_from)
            until = min(following - timedelta(days=1), self.valid_until or date.max)
            if number % self.every == 0 and first <= shown <= last:
                yield shown, until
            begin, number = following, number + 1

    def _begin(self, day: date) -> date:
        if self.period == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.period == "month" else day

    def _next(self, begin: date) -> date:
        if self.period == "month":
            return (begin + timedelta(days=32)).replace(day=1)
        return begin + timedelta(days=7 if self.period == "week" else 1)

    def _counts(self, day: date, calendar: Calendar) -> bool:
        if self.days == "all":
            return day.isoweekday() in self.weekdays
        # A weekend that is worked, to make up for a holiday, is a working day whatever its weekday.
        works = calendar.between(*moments(day)) > 0
        if self.days == "working":
            return works and (day.isoweekday() in self.weekdays or day.isoweekday() > 5)
        return not works and day.isoweekday() in self.weekdays

    def _cut(self, first: date, last: date) -> list[Window]:
        """Cut the window of a period into its rounds, to the second."""
        begin = datetime.combine(first, self.starts, ZONE).astimezone(UTC)
        after = last + timedelta(days=1) if self.ends <= self.starts else last
        end = datetime.combine(after, self.ends, ZONE).astimezone(UTC)
        length_s = (end - begin).total_seconds()
        edges = [begin + timedelta(seconds=length_s * n // self.rounds) for n in range(self.rounds + 1)]
        return list(pairwise(edges))


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)
