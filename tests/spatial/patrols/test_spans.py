"""Answers about a span take what is kept of its days, and grade no more than they must."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from spatial.database import Database, connect, session
from spatial.errors import InvalidInput
from spatial.patrols import tracks
from spatial.patrols.columns import Columns
from spatial.patrols.days import day_of, moments
from spatial.patrols.grader import grade_dirty
from spatial.patrols.track_days import moment
from spatial.patrols.tracks import Mover, Span
from spatial.rights.reader import SYSTEM
from tests.spatial.patrols.field import hire, put
from tests.spatial.patrols.truth import walk

DAY_US = 86_400_000_000
WALKS = [
    replace(each, time_us=each.time_us + number * DAY_US)
    for number, each in enumerate(walk("foot", seed, seconds=3600, stand_s=600).columns for seed in (5, 6, 7))
]
FIRST = day_of(moment(int(WALKS[0].time_us[0])))
DAYS = [FIRST + timedelta(days=number) for number in range(3)]
WHOLE = (moments(DAYS[0])[0], moments(DAYS[-1])[1])


class Field:
    """A mover who walked on three days, and how often its days are graded for answers."""

    def __init__(self, url: str, database: Database, graded: list[date]) -> None:
        self.url, self.database, self.graded = url, database, graded
        with connect(url) as owner:
            self.mover = hire(owner)
        for each in WALKS:
            self.send(each)

    def send(self, columns: Columns, rows: Any = None) -> None:
        with connect(self.url) as owner:
            put(owner, self.mover, columns, rows)

    def ask(self, answer: Callable[[Span], Any], begin: datetime, end: datetime) -> Any:
        self.graded.clear()
        with session(self.database, SYSTEM) as connection:
            who: Mover = tracks.find_mover(connection, SYSTEM, mover=self.mover)
            return answer(Span(connection, SYSTEM, who, begin, end))


@pytest.fixture
def field(fresh_url: str, as_app: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """Three walks that nobody has graded."""
    graded: list[date] = []
    grade_of = tracks.grade_of

    def counted(columns: Columns, day: date, *more: Any) -> Any:
        graded.append(day)
        return grade_of(columns, day, *more)

    monkeypatch.setattr(tracks, "grade_of", counted)
    database = Database(as_app(fresh_url), pool_size=2)
    database.open()
    yield Field(fresh_url, database, graded)
    database.close()


def told(span: Span) -> tuple[Any, ...]:
    track = span.track()
    return span.stays, span.trips, span.sums(), track.verdicts.tolist(), track.columns.time_us.tolist()


def test_days_that_are_kept_are_not_graded_for_an_answer(field: Field) -> None:
    now = field.ask(told, *WHOLE)
    assert field.graded == DAYS
    assert len(now[0]) >= 3
    assert len(now[3]) == sum(len(each) for each in WALKS)
    grade_dirty(field.database)
    assert field.ask(told, *WHOLE) == now
    assert field.graded == []


def test_only_days_that_have_had_fixes_are_graded(field: Field) -> None:
    grade_dirty(field.database)
    field.send(replace(WALKS[1], time_us=WALKS[1].time_us + 5_000_000))
    late = field.ask(told, *WHOLE)
    assert field.graded == [DAYS[1]]
    grade_dirty(field.database)
    assert field.ask(told, *WHOLE) == late


def test_of_cut_days_only_the_sums_need_grading(field: Field) -> None:
    begin, end = moment(int(WALKS[0].time_us[100])), moment(int(WALKS[2].time_us[100]))
    now = field.ask(told, begin, end)
    assert field.graded == DAYS
    grade_dirty(field.database)
    assert field.ask(lambda span: (span.stays, span.trips), begin, end) == now[:2]
    assert field.graded == []
    assert field.ask(told, begin, end) == now
    assert field.graded == [DAYS[0], DAYS[2]]


def test_sums_of_the_parts_are_those_of_the_whole(field: Field) -> None:
    grade_dirty(field.database)
    cut = moment(int(WALKS[1].time_us[150]))
    sums = [field.ask(Span.sums, *span) for span in ((WHOLE[0], cut), (cut, WHOLE[1]), WHOLE)]
    assert sums[0].distance_mm + sums[1].distance_mm == sums[2].distance_mm
    assert abs((sums[0] + sums[1]).moving_s - sums[2].moving_s) <= 1


def test_an_answer_grades_so_many_fixes_at_most(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "MOST_GRADED", 300)
    count = sum(len(each) for each in WALKS)
    assert field.ask(Span.count, *WHOLE) == count
    for answer in (lambda span: span.stays, Span.sums, Span.track):
        with pytest.raises(InvalidInput, match=f"{count:,} fixes of these days") as refused:
            field.ask(answer, *WHOLE)
        assert "from" in str(vars(refused.value))
        assert field.graded == []
    # One day is told however many it has: it could not be asked for in parts.
    assert field.ask(lambda span: len(span.stays), *moments(DAYS[0])) >= 1
    grade_dirty(field.database)
    assert field.ask(lambda span: len(span.stays), *WHOLE) >= 3


def test_days_without_fixes_are_not_graded(field: Field) -> None:
    begin, end = WHOLE[0] - timedelta(days=20), WHOLE[1] + timedelta(days=5)
    assert list(field.ask(lambda span: span.whole_days, begin, end)) == DAYS
    assert field.graded == DAYS
