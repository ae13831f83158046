"""Hours of duty lines: read as written, by the city's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.events.dispatch.hours import CITY_TIME, DAY, WEEK, holds, minute_of_week, read_hours


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("08:00-18:00", tuple((day * DAY + 480, day * DAY + 1080) for day in range(7))),
        ("Mo-Fr 08:00-12:00,14:00-18:00", None),
        ("mo 8:00-9:00", ((480, 540),)),
        ("Sa,Su 00:00-24:00", ((5 * DAY, WEEK),)),
        ("Su 22:00-06:00", ((0, 360), (6 * DAY + 1320, WEEK))),
        ("Fr-Mo 10:00-11:00", None),
        ("Mo 08:00-10:00; Mo 09:00-12:00", ((480, 720),)),
        ("24/7", ((0, WEEK),)),
        ("Mo 00:00-00:00", ((0, DAY),)),
    ],
)
def test_hours_are_read_as_written(text: str, spans: tuple[tuple[int, int], ...] | None) -> None:
    found = read_hours(text)
    assert spans is None or found == spans
    assert all(0 <= begin < end <= WEEK for begin, end in found)
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    "text", ["", ";", "Mo", "weekdays 08:00-09:00", "08:00", "25:00-26:00", "08:61-09:00", "Mo-Xx 1:00-2:00"]
)
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|no time|nothing"):
        read_hours(text)


def test_the_week_is_the_citys() -> None:
    assert minute_of_week(datetime(2026, 3, 2, 0, 0, tzinfo=CITY_TIME)) == 0
    assert minute_of_week(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)) == WEEK - 1
    assert minute_of_week(datetime(1960, 1, 4, tzinfo=CITY_TIME)) == 0


@given(st.integers(0, 6), st.integers(0, DAY - 1), st.integers(1, DAY), st.integers(0, WEEK - 1))
def test_a_minute_is_in_the_hours_or_not(day: int, begin: int, length: int, minute: int) -> None:
    end = (begin + length) % DAY
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    text = f"{names[day]} {begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d}"
    since = (minute - day * DAY - begin) % WEEK
    assert holds(read_hours(text), minute) == (since < length)
    moment = datetime(2026, 3, 2, tzinfo=CITY_TIME) + timedelta(minutes=minute)
    assert minute_of_week(moment) == minute
