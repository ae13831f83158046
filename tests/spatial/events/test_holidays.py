"""Holidays: the announcement for 2026, and what deadlines make of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest

from spatial.errors import NotFound
from spatial.events.calendar import Calendar
from spatial.events.holidays import holidays_of

BEIJING = timezone(timedelta(hours=8))
HOURS = [(day, time(9), time(17)) for day in range(1, 6)]
ANNOUNCED = {
    "元旦": ("2026-01-01", 3), "春节": ("2026-02-15", 9), "清明": ("2026-04-04", 3),
    "劳动节": ("2026-05-01", 5), "端午": ("2026-06-19", 3), "中秋": ("2026-09-25", 3),
    "国庆节": ("2026-10-01", 7),
}  # fmt: skip
"""The announcement, written down by hand: first day and number of days."""
MADE_UP = {"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}


def test_the_announcement_for_2026() -> None:
    found = holidays_of(2026)
    off = {day for day, working, _ in found if not working}
    wanted = {
        date.fromisoformat(first) + timedelta(days=number)
        for first, days in ANNOUNCED.values()
        for number in range(days)
    }
    assert off == wanted
    assert {day.isoformat() for day, working, _ in found if working} == MADE_UP
    assert all(name.endswith("调休") for _, working, name in found if working)


def test_deadlines_step_over_the_national_holiday() -> None:
    calendar = Calendar.of(HOURS, {day: working for day, working, _ in holidays_of(2026)})
    begun = datetime(2026, 9, 30, 16, tzinfo=BEIJING)
    assert calendar.add(begun, 2 * 3600) == datetime(2026, 10, 8, 10, tzinfo=BEIJING)
    saturday = datetime(2026, 10, 9, 16, tzinfo=BEIJING)
    assert calendar.add(saturday, 2 * 3600) == datetime(2026, 10, 10, 10, tzinfo=BEIJING)


def test_a_year_that_is_not_announced() -> None:
    with pytest.raises(NotFound, match="2026"):
        holidays_of(2099)
