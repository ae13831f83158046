"""Opening hours: real values of the demo's own data, holidays of the city, and what nobody can read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.places.opening_hours import AHEAD, UNKNOWN, ZONE, Opening, is_readable, state_at
from tests.databases import ROOT

GOLDEN_WEEK = [date(2026, 10, day) for day in range(1, 8)]
HOLIDAYS = [*GOLDEN_WEEK, date(2027, 1, 1)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("hours", "moment", "is_open", "changes"),
    [
        ("24/7", "2026-11-21T03:00", True, None),
        ("Mo-Su 05:00-23:00", "2026-11-21T04:59", False, "2026-11-21T05:00"),
        ("Mo-Su 05:00-23:00", "2026-11-21T05:00", True, "2026-11-21T23:00"),
        ("Mo-Su 05:00-23:00", "2026-11-21T23:00", False, "2026-11-22T05:00"),
        # Open longer in summer.
        ("Mo-Su 05:00-23:00; Apr-Oct Mo-Su 05:00-24:00", "2026-07-01T23:30", True, "2026-07-02T00:00"),
        ("Mo-Su 05:00-23:00; Apr-Oct Mo-Su 05:00-24:00", "2026-11-21T23:30", False, "2026-11-22T05:00"),
        ("Mo-Su 05:00-23:00; Apr 1-Oct 31 05:00-24:00", "2026-10-31T23:30", True, "2026-11-01T00:00"),
        ("Mo-Su 09:00-12:00, 14:00-17:30", "2026-11-21T12:30", False, "2026-11-21T14:00"),
        ("Mo-Fr 12:00-22:00; Sa-Su 09:00-12:00, 14:00-21:00", "2026-11-21T13:00", False, "2026-11-21T14:00"),
        ("Mo-Sa 09:00-18:00", "2026-11-21T19:00", False, "2026-11-23T09:00"),
        # Over midnight: the night belongs to the day before.
        ("Fr-Sa 22:00-04:00", "2026-11-22T03:00", True, "2026-11-22T04:00"),
        ("Fr-Sa 22:00-04:00", "2026-11-23T03:00", False, "2026-11-27T22:00"),
        # As people write it.
        ("6：00-22：30", "2026-11-21T05:00", False, "2026-11-21T06:00"),
        ("07:00-8:30,12:00-13:30,16:00-18:00,18:30-20:30", "2026-11-21T08:30", False, "2026-11-21T12:00"),
        ("all time", "2026-11-21T03:00", True, None),
        ("全天", "2026-11-21T03:00", True, None),
        ("周一至周五 9:00-17:00；周六、周日休息", "2026-11-20T16:00", True, "2026-11-20T17:00"),
        ("周一至周五 9:00-17:00；周六、周日休息", "2026-11-21T10:00", False, "2026-11-23T09:00"),
        ("每天 08:00～20:00", "2026-11-21T21:00", False, "2026-11-22T08:00"),
        # Holidays of the city's calendar.
        ("Mo-Fr 09:00-17:00; PH off", "2026-10-02T10:00", False, "2026-10-08T09:00"),
        ("Mo-Fr 09:00-17:00; PH off", "2026-10-08T10:00", True, "2026-10-08T17:00"),
        ("Mo-Fr 09:00-17:00; PH 10:00-12:00", "2026-10-04T11:00", True, "2026-10-04T12:00"),
        ("PH,Mo-Su 07:00-23:00", "2026-10-03T06:00", False, "2026-10-03T07:00"),
        ("Mo-Fr,PH 08:00-20:00", "2026-10-04T09:00", True, "2026-10-04T20:00"),
        ("Mo-Fr,PH 08:00-20:00", "2026-10-11T09:00", False, "2026-10-12T08:00"),
        ("Sa,Su,PH 10:00-16:00", "2026-10-07T11:00", True, "2026-10-07T16:00"),
        ('Mo-Su 09:00-17:00; PH off "closed"', "2026-10-07T11:00", False, "2026-10-08T09:00"),
        ("Mo-Fr 09:00-17:00; PH,SH off", "2026-10-01T10:00", False, "2026-10-08T09:00"),
        ("Mo-Fr 09:00-17:00; SH,PH off", "2026-10-01T10:00", False, "2026-10-08T09:00"),
        ("Mo-Fr 09:00-17:00; SH, PH off", "2026-10-08T10:00", True, "2026-10-08T17:00"),
        ("Mo-Fr,SH,PH 09:00-17:00", "2026-10-04T10:00", True, "2026-10-04T17:00"),
        ("Mo-Fr 09:00-17:00, PH 10:00-12:00", "2026-10-01T11:00", True, "2026-10-01T12:00"),
        ("Mo-Fr 09:00-17:00, PH 10:00-12:00", "2026-10-01T13:00", False, "2026-10-02T10:00"),
        ("Mo-Fr 09:00-17:00, PH 10:00-12:00", "2026-10-04T11:00", True, "2026-10-04T12:00"),
        ("Mo-Fr 09:00-17:00, PH 10:00-12:00", "2026-10-08T13:00", True, "2026-10-08T17:00"),
        ("Mo-Fr 09:00-17:00, PH off", "2026-10-01T10:00", False, "2026-10-08T09:00"),
        ("Mo-Fr 09:00-17:00, PH,SH off", "2026-10-01T10:00", False, "2026-10-08T09:00"),
        ("PH Mo-Fr 10:00-12:00", "2026-10-04T11:00", False, "2026-10-05T10:00"),
        # No place for days in it: the library's own list, which of the week has the first day alone.
        ("Mo-Fr 09:00-17:00; Apr-Oct PH off", "2026-10-01T10:00", False, "2026-10-02T09:00"),
        # Shut for good, and for the season.
        ("off", "2026-11-21T12:00", False, None),
        ("Jun-Aug 10:00-18:00", "2026-11-21T12:00", False, "2027-06-01T10:00"),
    ],
)
def test_open_or_not_and_until_when(hours: str, moment: str, is_open: bool, changes: str | None) -> None:
    assert state_at(hours, at(moment), HOLIDAYS) == Opening(is_open, changes and at(changes))


@pytest.mark.parametrize(
    "hours", [None, "", "   ", "by appointment", "?", "Mo-Fr 9-17h", "25:00-26:00", "x" * 5000, "Mo-Fr (("]
)
def test_what_cannot_be_read_is_not_known(hours: str | None) -> None:
    assert state_at(hours, at("2026-11-21T12:00"), HOLIDAYS) == UNKNOWN


def test_the_clock_of_the_city_counts_and_not_that_of_the_asker() -> None:
    moment = datetime.fromisoformat("2026-11-21T02:00:00+00:00")
    assert state_at("Mo-Su 09:00-17:00", moment).is_open is True


def test_without_a_calendar_of_the_city_the_holidays_of_the_library_count() -> None:
    assert state_at("Mo-Fr 09:00-17:00; PH off", at("2026-10-01T10:00")).is_open is False


def _real() -> set[str]:
    found: set[str] = set()
    for layer in ("public_services", "commercial", "green_water", "buildings", "research"):
        _, _, _, columns = pyogrio.raw.read(
            ROOT / "demo/data/haidian_osm.gpkg", layer=layer, columns=["opening_hours"], read_geometry=False
        )
        found |= {each for each in columns[0] if each}
    return found


def test_every_real_value_of_the_demo_can_be_read() -> None:
    values = _real()
    assert len(values) > 25
    assert {value for value in values if not is_readable(value)} == set()


def test_state_and_change_agree_minute_by_minute() -> None:
    """What it says of the next change is what asking at every minute up to there finds."""
    start = at("2026-09-30T00:00")
    for hours in sorted(_real()):
        moment, told = start, state_at(hours, start, HOLIDAYS)
        while told.changes_at and told.changes_at < start + timedelta(days=3):
            before = state_at(hours, told.changes_at - timedelta(minutes=1), HOLIDAYS)
            assert before == told, (hours, moment)
            moment, told = told.changes_at, state_at(hours, told.changes_at, HOLIDAYS)
            assert told.is_open is not before.is_open, (hours, moment)


@given(st.text(max_size=60) | st.from_regex(r"[MoTuWeThFrSaSuPH0-9:,; -]{0,40}", fullmatch=True))
def test_no_text_is_an_error(text: Any) -> None:
    now = at("2026-11-21T12:00")
    found = state_at(text, now, HOLIDAYS)
    assert found.is_open is not None or found == UNKNOWN
    if found.changes_at:
        assert now < found.changes_at <= now + AHEAD
        assert state_at(text, found.changes_at, HOLIDAYS).is_open is not found.is_open
