"""When plans are due: days, weeks, months, holidays, nights and rounds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.events.calendar import Calendar
from spatial.patrols.days import ZONE
from spatial.patrols.plans.recurrence import Recurrence

WORK = Calendar.of(
    [(day, time(9), time(17)) for day in range(1, 6)],
    {date(2026, 10, 1): False, date(2026, 10, 2): False, date(2026, 10, 10): True},
)
NIGHT = {"starts": time(22), "ends": time(6)}
DAY = {"starts": time(8), "ends": time(12)}


def due(first: str, last: str, valid_from: str = "2026-09-01", **more: Any) -> list[str]:
    given = {**DAY, **more}
    until = given.pop("valid_until", None)
    plan = Recurrence(
        valid_from=date.fromisoformat(valid_from), valid_until=until and date.fromisoformat(until), **given
    )
    windows = plan.windows(date.fromisoformat(first), date.fromisoformat(last), WORK)
    return [f"{a.astimezone(ZONE):%m-%d %H:%M}/{b.astimezone(ZONE):%m-%d %H:%M}" for a, b in windows]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["09-30 08:00/09-30 12:00", "10-01 08:00/10-01 12:00"]),
        (NIGHT, ["09-30 22:00/10-01 06:00", "10-01 22:00/10-02 06:00"]),
        ({"days": "working"}, ["09-30 08:00/09-30 12:00"]),
        ({"days": "off"}, ["10-01 08:00/10-01 12:00"]),
        ({"weekdays": [4]}, ["10-01 08:00/10-01 12:00"]),
        ({"every": 2}, ["10-01 08:00/10-01 12:00"]),
        ({"valid_until": "2026-09-30"}, ["09-30 08:00/09-30 12:00"]),
        ({"valid_from": "2026-10-01"}, ["10-01 08:00/10-01 12:00"]),
        (
            {"rounds": 2, "valid_until": "2026-09-30"},
            ["09-30 08:00/09-30 10:00", "09-30 10:00/09-30 12:00"],
        ),
        ({"starts": time(0), "ends": time(0), "weekdays": [3]}, ["09-30 00:00/10-01 00:00"]),
    ],
)
def test_days(asked: dict[str, Any], found: list[str]) -> None:
    assert due("2026-09-30", "2026-10-01", **asked) == found


def test_a_weekend_that_makes_up_for_a_holiday_is_worked() -> None:
    days = due("2026-10-05", "2026-10-11", days="working", weekdays=[1, 2, 3, 4, 5])
    assert [each[:5] for each in days] == ["10-05", "10-06", "10-07", "10-08", "10-09", "10-10"]


def test_weeks_go_from_their_monday_and_months_from_their_first() -> None:
    assert due("2026-09-01", "2026-09-20", period="week") == [
        "09-01 08:00/09-06 12:00", "09-07 08:00/09-13 12:00", "09-14 08:00/09-20 12:00",
    ]  # fmt: skip
    assert due("2026-10-01", "2026-11-30", period="month", every=2) == ["11-01 08:00/11-30 12:00"]
    twice = due("2026-09-07", "2026-09-07", period="week", rounds=2, starts=time(0), ends=time(0))
    assert twice == ["09-07 00:00/09-10 12:00", "09-10 12:00/09-14 00:00"]


@given(
    st.dates(date(2026, 8, 20), date(2026, 12, 1)), st.integers(0, 40), st.integers(1, 40),
    st.sampled_from(["day", "week", "month"]), st.sampled_from(["all", "working", "off"]),
    st.integers(1, 3), st.integers(1, 4),
)  # fmt: skip
def test_asking_piece_by_piece_gives_the_same(
    first: date, more: int, cut: int, period: str, days: str, every: int, rounds: int
) -> None:
    plan = Recurrence(
        date(2026, 9, 1), time(20), time(4), period=period, days=days, every=every, rounds=rounds
    )
    last = first + timedelta(days=more)
    middle = first + timedelta(days=min(cut, more))
    whole = plan.windows(first, last, WORK)
    parts = plan.windows(first, middle, WORK) + plan.windows(middle + timedelta(days=1), last, WORK)
    assert whole == parts
    for begin, end in whole:
        assert begin < end
        assert begin.tzinfo == UTC
        assert begin >= datetime(2026, 8, 31, 12, tzinfo=UTC)
