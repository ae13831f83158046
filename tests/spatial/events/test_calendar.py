"""The working calendar, against a count of minutes one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.events.calendar import Calendar
from spatial.events.deadlines import Deadlines, Rule

BEIJING = timezone(timedelta(hours=8))
WEEK = [(n, time(h, m), time(i, j)) for n in range(1, 6) for h, m, i, j in ((8, 30, 12, 0), (13, 30, 18, 0))]
DAYS = {
    # The Spring Festival of 2026 with its make-up working days, as the State Council had it.
    **{date(2026, 2, day): False for day in range(15, 24)},
    date(2026, 2, 14): True,
    date(2026, 2, 28): True,
}
CALENDAR = Calendar.of(WEEK, DAYS)


def beijing(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING)


def works(at: datetime) -> bool:
    """Say by hand whether somebody works in the minute that begins here."""
    local = at.astimezone(BEIJING)
    day = local.date()
    weekday = local.isoweekday()
    open_ = DAYS.get(day, weekday <= 5)
    minute = local.hour * 60 + local.minute
    return open_ and (510 <= minute < 720 or 810 <= minute < 1080)


def by_hand(start: datetime, minutes: int) -> datetime:
    at = start
    while minutes:
        minutes -= works(at)
        at += timedelta(minutes=1)
    return at


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (beijing(3, 2, 9), 60, beijing(3, 2, 10)),
        (beijing(3, 2, 11, 30), 60, beijing(3, 2, 14)),
        (beijing(3, 6, 17), 120, beijing(3, 9, 9, 30)),
        (beijing(3, 7, 3), 30, beijing(3, 9, 9)),
        (beijing(3, 2, 9), 480, beijing(3, 2, 18) + timedelta(hours=15)),
        # Over the Spring Festival: Saturday the 14th is worked, the next day is the 24th.
        (beijing(2, 14, 17, 30), 60, beijing(2, 24, 9)),
        (beijing(2, 13, 17, 30), 60, beijing(2, 14, 9)),
        (beijing(3, 2, 9), 0, beijing(3, 2, 9)),
        (beijing(3, 7, 9), 0, beijing(3, 7, 9)),
        # To the last second of a day, not to the first of the next.
        (beijing(3, 2, 8, 30), 480, beijing(3, 2, 18)),
    ],
)
def test_known_deadlines(start: datetime, minutes: int, end: datetime) -> None:
    assert CALENDAR.add(start, minutes * 60) == end


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 90 * 24 * 60), st.integers(1, 2000))
def test_deadlines_are_what_minutes_count_to(offset: int, minutes: int) -> None:
    start = beijing(1, 5, 0) + timedelta(minutes=offset)
    found = CALENDAR.add(start, minutes * 60)
    assert found == by_hand(start, minutes)
    assert CALENDAR.between(start, found) == minutes * 60


@given(st.lists(st.tuples(st.integers(946_684_800, 4_000_000_000), st.integers(0, 10**7)), max_size=30))
def test_many_are_as_one_by_one(asked: list[tuple[int, int]]) -> None:
    starts, seconds = (np.array([row[n] for row in asked], np.int64) for n in (0, 1))
    found = CALENDAR.add_many(starts, seconds)
    alone = [CALENDAR.add(datetime.fromtimestamp(a, UTC), b) for a, b in asked]
    assert found.tolist() == [int(each.timestamp()) if each else -1 for each in alone]


def test_nobody_works_never_ends() -> None:
    nobody = Calendar.of([], {})
    assert nobody.add(beijing(3, 2, 9), 60) is None
    assert nobody.add(beijing(3, 2, 9), 0) == beijing(3, 2, 9)
    assert nobody.between(beijing(3, 2, 9), beijing(4, 2, 9)) == 0


def test_a_working_day_off_the_week_has_the_hours_of_monday() -> None:
    only_monday = Calendar.of([(1, time(9), time(10))], {date(2026, 3, 7): True})
    assert only_monday.add(beijing(3, 6, 0), 1800) == beijing(3, 7, 9, 30)


RULES = [
    Rule(None, None, "handle", 480, "working"),
    Rule("01", None, "handle", 240, "working"),
    Rule("01001", None, "handle", 60, "working"),
    Rule(None, "urgent", "handle", 120, "always"),
    Rule("02", "urgent", "handle", 30, "always"),
]


def test_the_most_specific_rule_wins_and_urgent_ones_run_at_night() -> None:
    deadlines = Deadlines(CALENDAR, RULES)
    at = beijing(3, 6, 20)
    assert deadlines.due("handle", "01001", "ordinary", at) == beijing(3, 9, 9, 30)
    assert deadlines.due("handle", "01002", "ordinary", at) == beijing(3, 9, 14)
    assert deadlines.due("handle", "09009", "ordinary", at) == beijing(3, 9, 18)
    assert deadlines.due("handle", "01001", "urgent", at) == beijing(3, 6, 22)
    assert deadlines.due("handle", "02001", "urgent", at) == beijing(3, 6, 20, 30)
    assert deadlines.due("close", "02001", "urgent", at) is None


def test_shares_of_working_time_are_working_time() -> None:
    deadlines = Deadlines(CALENDAR, RULES)
    began = beijing(3, 6, 17)
    assert deadlines.share_at("handle", "01002", "ordinary", began, 50) == beijing(3, 9, 9, 30)
    assert deadlines.share_at("handle", "01002", "urgent", began, 50) == beijing(3, 6, 18)


def test_many_deadlines_are_as_one_by_one() -> None:
    deadlines = Deadlines(CALENDAR, RULES)
    categories, urgencies = ["01001", "01002", "02001", "03"], ["ordinary", "urgent", "urgent", "ordinary"]
    starts = np.array([int(beijing(3, 6, hour).timestamp()) for hour in (3, 9, 12, 20)], np.int64)
    for stage in ("handle", "close"):
        found = deadlines.due_many(stage, categories, urgencies, starts).tolist()
        rows = zip(categories, urgencies, starts.tolist(), strict=True)
        alone = [deadlines.due(stage, c, u, datetime.fromtimestamp(s, UTC)) for c, u, s in rows]
        assert found == [int(each.timestamp()) if each else -1 for each in alone]
