"""A playback is the tracks of its movers, to the bit, whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from spatial.database import Database, connect, session
from spatial.errors import Conflict, InvalidInput
from spatial.patrols import track_forms, tracks
from spatial.patrols.columns import Columns
from spatial.patrols.days import day_of, moments
from spatial.patrols.grader import grade_dirty
from spatial.patrols.playback import layout, planning, playing
from spatial.patrols.playback.layout import Clock
from spatial.patrols.playback.planning import Wanted
from spatial.patrols.track_days import moment
from spatial.rights.reader import SYSTEM
from spatial.types import BBox
from tests.spatial.patrols.field import hire, put
from tests.spatial.patrols.playback.decoding import by_mover, decode
from tests.spatial.patrols.truth import walk

DAY_US = 86_400_000_000
WALKS = [walk("foot", seed, seconds=2 * 3600, stand_s=600).columns for seed in (5, 6, 7, 8)]
DAY = day_of(moment(int(WALKS[0].time_us[0])))
FIRST, LAST = min(int(each.time_us[0]) for each in WALKS), max(int(each.time_us[-1]) for each in WALKS)
TINY = Clock(60, 1)


class Field:
    """Movers who walked on one day; the last of them on the next day, too."""

    def __init__(self, url: str, database: Database) -> None:
        self.url, self.database = url, database
        with connect(url) as owner:
            self.movers = [hire(owner, f"W-{number}") for number in range(len(WALKS))]
        for mover, each in zip(self.movers, WALKS, strict=True):
            self.send(mover, each)
        self.send(self.movers[-1], later(WALKS[-1], DAY_US))

    def send(self, mover: int, columns: Columns, rows: Any = None) -> None:
        with connect(self.url) as owner:
            put(owner, mover, columns, rows)

    def long_ago(self) -> None:
        """Have all that is there come an hour ago."""
        with connect(self.url) as owner:
            owner.execute("UPDATE fix SET received_at = received_at - interval '1 hour'")

    @contextmanager
    def lend(self) -> Iterator[Connection[Any]]:
        with session(self.database, SYSTEM) as connection:
            yield connection

    def pieces(self, begin: datetime, end: datetime, **more: Any) -> Iterator[bytes]:
        with self.lend() as connection:
            found = planning.plan(connection, SYSTEM, Wanted(begin, end, **more))
        return playing.play(found, SYSTEM, self.lend)

    def play(self, begin: datetime, end: datetime, **more: Any) -> bytes:
        return b"".join(self.pieces(begin, end, **more))

    def told(self, begin: datetime, end: datetime, tick_ms: int = 1) -> dict[int, list[tuple[int, int, int]]]:
        """The clean tracks, one after the other."""
        made = {}
        with self.lend() as connection:
            for number in self.movers:
                mover = tracks.find_mover(connection, SYSTEM, mover=number)
                track = tracks.read_track(connection, SYSTEM, mover, begin, end)
                part = track.columns[track_forms.clean_rows(track)]
                places = zip(np.rint(part.lon * 1e7), np.rint(part.lat * 1e7), strict=True)
                rows = zip((part.time_us // 1000).tolist(), places, strict=True)
                if len(part):
                    made[number] = [(at, int(lon), int(lat)) for at, (lon, lat) in rows]
        return made


def later(columns: Columns, by_us: int) -> Columns:
    return replace(columns, time_us=columns.time_us + by_us)


@pytest.fixture
def field(fresh_url: str, as_app: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """Walks that nobody has graded; slices of a minute, and ticks of a millisecond."""
    monkeypatch.setattr(planning, "clock_for", lambda *_: TINY)
    database = Database(as_app(fresh_url), 2)
    database.open()
    yield Field(fresh_url, database)
    database.close()


@pytest.fixture
def graded(field: Field) -> Field:
    """All days graded, and that long ago."""
    assert grade_dirty(field.database) > 0
    field.long_ago()
    return field


WHOLE = (moments(DAY)[0], moments(DAY)[1] + timedelta(days=1))
SPANS = [
    WHOLE,
    (moment(FIRST + 1_234_567_891), moment(FIRST + 4_000_000_007)),
    (moment(LAST - 600_000_000), moment(LAST + DAY_US - 3_600_000_000)),
    (moment(FIRST - 10), moment(FIRST + 1)),
]


@pytest.mark.parametrize("span", SPANS)
def test_a_playback_is_the_clean_tracks(graded: Field, span: tuple[datetime, datetime]) -> None:
    found = by_mover(graded.play(*span))
    assert found == graded.told(*span)
    if span == WHOLE:
        bad = sum(len(each) for each in (*WALKS, WALKS[-1])) - sum(len(each) for each in found.values())
        assert bad > 10, "a test of verdicts needs some that leave fixes out"


def test_days_that_hold_are_not_graded(graded: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = graded.told(*WHOLE)
    monkeypatch.setattr(playing, "Span", None)
    assert by_mover(graded.play(*WHOLE)) == wanted


def test_days_that_nobody_has_graded_are_graded_for_it(field: Field) -> None:
    for span in SPANS:
        assert by_mover(field.play(*span)) == field.told(*span)


def test_fixes_that_came_a_moment_ago_change_nothing(field: Field) -> None:
    grade_dirty(field.database)
    assert by_mover(field.play(*WHOLE)) == field.told(*WHOLE)


def test_late_fixes_in_between_are_judged_with_the_rest(graded: Field) -> None:
    without = graded.told(*WHOLE)
    pieces = graded.pieces(*WHOLE)
    before = [next(pieces) for _ in range(12)]
    # Between any two fixes one more; of another mover between a few.
    graded.send(graded.movers[0], later(WALKS[0], 5_000_000))
    graded.send(graded.movers[2], later(WALKS[2], 5_000_000), range(0, len(WALKS[2]), 7))
    found = by_mover(b"".join([*before, *pieces]))
    # What was sent before they came is gone; later than all there was when it was asked for, nobody looks.
    begin, end = FIRST // 1000 + 12 * 60_000, LAST // 1000
    for mover, wanted in graded.told(*WHOLE).items():
        assert [each for each in found[mover] if begin <= each[0] <= end] == [
            each for each in wanted if begin <= each[0] <= end
        ]
    for number in (0, 2):
        mover = graded.movers[number]
        assert found[mover][-100:] != without[mover][-100:], "late fixes have changed nothing"


def test_a_day_that_goes_on_is_told_as_it_was_graded_up_to_an_hour_before(
    graded: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mover, each in zip(graded.movers, WALKS, strict=True):
        graded.send(mover, later(each, LAST - FIRST + 60_000_000), range(20))
    span = (WHOLE[0], moment(LAST) - timedelta(hours=1, minutes=5))
    wanted = graded.told(*span)
    with monkeypatch.context() as patch:
        patch.setattr(playing, "Span", None)
        assert by_mover(graded.play(*span)) == wanted
    # Nearer to the end, or with something late before it, it is graded.
    assert by_mover(graded.play(*WHOLE)) == graded.told(*WHOLE)
    graded.send(graded.movers[0], later(WALKS[0], 2_000_000), [30])
    assert by_mover(graded.play(*span)) == graded.told(*span)


def test_fixes_taken_away_break_it_off(graded: Field) -> None:
    pieces = graded.pieces(*WHOLE)
    got = [next(pieces) for _ in range(4)]
    with connect(graded.url) as owner:
        owner.execute("DELETE FROM fix WHERE mover_id = %s AND time < %s", [graded.movers[1], moment(LAST)])
    with pytest.raises(Conflict):
        got.extend(pieces)
    assert layout.END not in got


def test_all_fixes_come_as_they_were_sent(graded: Field) -> None:
    found = decode(graded.play(*WHOLE, clean=False, extras=("accuracy",)))
    assert len(found) == sum(len(each) for each in (*WALKS, WALKS[-1]))
    first = [each for each in found if each[0] == graded.movers[0]]
    assert [each[1] for each in first] == (WALKS[0].time_us // 1000).tolist()
    assert [each[4]["gate"] for each in first] == WALKS[0].gate.tolist()
    assert [each[4]["accuracy"] for each in first] == np.rint(WALKS[0].accuracy_m.astype(float) * 10).tolist()


def test_movers_and_a_box_choose(graded: Field) -> None:
    two = tuple(graded.movers[:2])
    assert set(by_mover(graded.play(*WHOLE, movers=(*two, 999_999)))) == set(two)
    middle = float(np.median(WALKS[0].lon))
    box = BBox(middle, -90, 180, 90)
    found = by_mover(graded.play(*WHOLE, box=box))
    every = graded.told(*WHOLE)
    east = round(middle * 1e7)
    for mover in graded.movers:
        wanted = [each for each in every[mover] if each[1] > east]
        assert [each for each in found.get(mover, []) if each[1] > east] == wanted
        assert all(each[1] >= east for each in found.get(mover, []))
    assert by_mover(graded.play(*WHOLE, unit="9")) == {}


def test_slices_come_in_the_order_of_time(graded: Field) -> None:
    slices = [decode(b"".join([head, piece, layout.END])) for head, piece in _each(graded)]
    times = [(min(row[1] for row in each), max(row[1] for row in each)) for each in slices]
    assert len(times) > 100
    assert all(one[1] <= two[0] for one, two in pairwise(times))


def _each(field: Field) -> Iterator[tuple[bytes, bytes]]:
    head, *pieces, _ = field.pieces(*WHOLE)
    return ((head, piece) for piece in pieces)


def test_too_much_is_refused_with_what_would_do(graded: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MOST_FIXES", 3 * len(WALKS[0]))
    with pytest.raises(InvalidInput, match=r"movers: there are .* ask for [23] movers"):
        graded.play(*WHOLE)
    monkeypatch.setattr(planning, "MOST_FIXES", sum(map(len, WALKS)) + 5)
    with pytest.raises(InvalidInput, match=f"to: must be {DAY + timedelta(days=1)} or before"):
        graded.play(*WHOLE)
    graded.play(WHOLE[0], moments(DAY)[1])
    monkeypatch.setattr(planning, "MOST_MOVERS", 3)
    with pytest.raises(InvalidInput, match="more than 3 movers"):
        graded.play(*WHOLE)
    monkeypatch.undo()
    monkeypatch.setattr(planning, "MOST_MOVER_DAYS", 4)
    with pytest.raises(InvalidInput, match="4 movers can be played for 1 days"):
        graded.play(*WHOLE)


def test_no_more_is_graded_than_one_can_wait_for(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MOST_GRADED", 2 * len(WALKS[0]) + 10)
    with pytest.raises(InvalidInput, match=r"ask for 2 of the 5 movers.*fixes=all"):
        field.play(*WHOLE)
    field.play(*WHOLE, movers=tuple(field.movers[:2]))
    assert len(decode(field.play(*WHOLE, clean=False))) == sum(map(len, WALKS)) + len(WALKS[-1])


def test_a_plan_tells_sizes(graded: Field) -> None:
    with graded.lend() as connection:
        found = planning.plan(connection, SYSTEM, Wanted(*WHOLE, clean=False))
    content = graded.play(*WHOLE, clean=False)
    assert found.fixes == len(decode(content))
    assert len(content) <= found.octets
    assert [mover.id for mover in found.movers] == graded.movers
    assert [part.due for part in found.parts] == [0, 0]
