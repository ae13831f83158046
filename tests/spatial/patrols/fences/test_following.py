"""Visits on a real database: in step with tracks, put together over midnight, told while they are fresh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any

import psycopg
import pytest

from spatial.errors import InvalidInput, NotFound
from spatial.patrols.columns import Columns
from spatial.patrols.compliance.track import Track, joined
from spatial.patrols.days import bounds
from spatial.patrols.fences import reading, store
from spatial.patrols.fences.following import Kept, crossings, follow_track
from spatial.patrols.fences.recounting import DAYS, next_recount, recount
from spatial.rights.reader import SYSTEM
from tests.spatial.patrols.compliance.ground import LON, area, lonlat, point, track
from tests.spatial.patrols.field import hire, put

DAY = date(2026, 9, 22)
NEXT = DAY + timedelta(days=1)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
SQUARE = area((0, 0), (200, 0), (200, 200), (0, 200))


@dataclass
class Town:
    """An empty city with two people in it."""

    connection: psycopg.Connection[Any]
    movers: list[int]

    def fence(self, geometry: Any = SQUARE, **columns: Any) -> int:
        """Write a fence."""
        return store.add(self.connection, SYSTEM, store.Given({"name": "f", **columns}, geometry))

    def follow(self, *ways: Track, mover: int = 0, day: date = DAY, now: datetime = LATER) -> list[Kept]:
        """Say what a mover's day was, and the hour around it."""
        begin, end = bounds(day)
        whole = joined(ways).between(begin - 3_600_000_000, end + 3_600_000_000)
        return follow_track(self.connection, self.movers[mover], day, whole, now)

    def visits(self, **wanted: Any) -> list[dict[str, Any]]:
        """Read visits."""
        return reading.listed(self.connection, reading.Wanted(**wanted))

    def rows(self) -> list[Any]:
        """Read what is kept, with what says when it was written."""
        return self.connection.execute(
            "SELECT ctid, xmin, fence_visit.* FROM fence_visit ORDER BY 3, 4, 5"
        ).fetchall()


@pytest.fixture
def town(postgis: psycopg.Connection[Any]) -> Iterator[Town]:
    yield Town(postgis, [hire(postgis, "W-1"), hire(postgis, "W-2")])


def at(hour: float, day: date = DAY) -> int:
    """Give a local time of the day in POSIX microseconds."""
    return bounds(day)[0] + round(hour * 3.6e9)


def stands(hour: float, hours: float, day: date = DAY, x: float = 100.0) -> Track:
    """Stand in the middle of the square, with a fix a minute."""
    seconds = range(0, round(hours * 3600) + 1, 60)
    return track([(x, 100.0)] * len(seconds), seconds, start_us=at(hour, day))


def away(hour: float, day: date = DAY) -> Track:
    """Be somewhere else for once."""
    return stands(hour, 0, day, x=900.0)


def test_a_visit_is_kept_and_listed(town: Town) -> None:
    fence = town.fence()
    town.follow(stands(9, 1), away(10.1))
    (found,) = town.visits()
    assert (found["fence_id"], found["fence"], found["mover_id"]) == (fence, "f", town.movers[0])
    assert found["since"] == datetime(2026, 9, 22, 1, tzinfo=UTC)
    assert (found["until"] - found["since"], found["ended"]) == (timedelta(hours=1.1), "left")
    assert (found["certain"], found["fixes"], found["worker"]) == (True, 61, "W-1")


def test_doing_it_again_writes_nothing(town: Town) -> None:
    town.fence()
    way = joined([stands(9, 1), away(10.1), stands(11, 1)])
    town.follow(way)
    before = town.rows()
    assert len(before) == 2
    town.follow(way)
    assert town.rows() == before


def test_every_order_comes_to_the_same(town: Town) -> None:
    town.fence(join_s=600.0)
    town.fence(point(100, 100), radius_m=30.0)
    parts = [stands(22, 1.5), away(23.6), stands(23.7, 0.6), away(0.5, NEXT), stands(7, 0.5, NEXT)]
    states = []
    for order in permutations(range(5)):
        town.connection.execute("SAVEPOINT start")
        heard: list[Track] = []
        for number in order:
            heard.append(parts[number])
            for day in (NEXT, DAY) if number % 2 else (DAY, NEXT):
                town.follow(*heard, day=day)
        states.append([row[2:] for row in town.rows()])
        town.connection.execute("ROLLBACK TO start")
    assert all(state == states[0] for state in states)
    # Of the square: from 22:00 to half past midnight, in two parts, and the next morning.
    assert len(states[0]) == 3 + 4


def test_midnight_parts_no_visit(town: Town) -> None:
    town.fence()
    way = joined([away(22.9), stands(23, 2), away(1.1, NEXT)])
    town.follow(way, day=DAY)
    assert [each["ended"] for each in town.visits()] == ["silent"]
    town.follow(way, day=NEXT)
    assert len(town.rows()) == 2
    (found,) = town.visits()
    assert (found["until"] - found["since"], found["fixes"]) == (timedelta(hours=2.1), 121)
    assert found["ended"] == "left"
    # From the next day alone it is the same visit.
    assert town.visits(since=found["until"] - timedelta(minutes=1)) == [found]
    assert town.visits(since=found["until"] + timedelta(minutes=1)) == []
    assert town.visits(until=found["since"]) == []


def test_a_long_stay_is_one_visit(town: Town) -> None:
    town.fence()
    days = [DAY + timedelta(days=number) for number in range(5)]
    way = joined([away(9, days[0]), stands(10, 96, days[0]), away(10.1, days[4])])
    for day in days:
        town.follow(way, day=day)
    (found,) = town.visits()
    assert found["until"] - found["since"] == timedelta(hours=96.1)
    assert len(town.rows()) == 5


def test_whoever_is_silent_is_not_said_to_be_there(town: Town) -> None:
    town.fence()
    now = datetime.now(UTC)
    us = int(now.timestamp()) * 1_000_000
    for minutes, ended in ((1, None), (45, "silent")):
        town.connection.execute("DELETE FROM fence_visit")
        begin, _ = bounds(DAY)
        since = us - minutes * 60_000_000
        way = replace(stands(0, 0), time_us=stands(0, 0).time_us - begin + since)
        day = (datetime.fromtimestamp(since / 1e6, UTC) + timedelta(hours=8)).date()
        follow_track(town.connection, town.movers[0], day, way, now)
        (found,) = town.visits()
        assert (found["ended"], found["until"]) == (ended, found["last_at"] if ended else None)


def test_late_fixes_change_what_was_said(town: Town) -> None:
    town.fence()
    town.follow(stands(9, 0.2), stands(9.6, 0.2), away(10))
    assert len(town.visits()) == 1
    town.follow(stands(9, 0.2), away(9.3), stands(9.6, 0.2), away(10))
    assert len(town.visits()) == 2
    town.follow(away(10))
    assert town.visits() == []


def test_only_for_whom_and_when_it_is(town: Town) -> None:
    mine = town.fence(movers=[town.movers[1]])
    hours = town.fence(starts=time(9, 30), ends=time(10))
    weekend = town.fence(weekdays=[6, 7])
    gone = town.fence(retired=False)
    store.change(town.connection, gone, store.Given({"retired": True}))
    way = stands(9, 2)
    assert {each.fence_id for each in town.follow(way)} == {hours}
    found = town.follow(way, mover=1)
    assert {each.fence_id for each in found} == {mine, hours}
    (limited,) = [each for each in found if each.fence_id == hours]
    assert (limited.until, limited.ended) == (datetime(2026, 9, 22, 2, tzinfo=UTC), "hours")
    assert weekend not in {each.fence_id for each in found}


def test_what_was_said_of_a_retired_fence_stays(town: Town) -> None:
    fence = town.fence()
    town.follow(stands(9, 1), away(11))
    assert store.remove(town.connection, fence) is False
    town.follow(away(11))
    assert len(town.visits(fence_id=fence)) == 1
    unused = town.fence()
    assert store.remove(town.connection, unused) is True
    with pytest.raises(NotFound):
        store.read(town.connection, unused)


def test_only_fresh_crossings_are_news(town: Town) -> None:
    fence = town.fence()
    told = {fence: {"min_dwell_s": 0.0}}
    since = datetime(2026, 9, 22, 1, tzinfo=UTC)
    inside = Kept(fence, since, since, None, None, 1.0, 1)
    minute = timedelta(minutes=1)
    left = inside._replace(until=since + minute, ended="left")
    assert crossings([], [inside], told, since + minute) == [(fence, "enter")]
    assert crossings([inside], [inside._replace(last_at=since + minute)], told, since + minute) == []
    assert crossings([inside], [left], told, since + minute) == [(fence, "leave")]
    assert crossings([], [left], told, since + minute) == [(fence, "enter"), (fence, "leave")]
    assert crossings([left], [left._replace(fixes=2)], told, since + minute) == []
    # Late, or of a clock that is ahead, or of a fence that tells nothing.
    assert crossings([], [left], told, since + 10 * minute) == []
    assert crossings([], [inside], told, since - minute) == []
    assert crossings([], [inside], {}, since) == []
    # A long dwell makes nothing late.
    assert crossings([], [inside], {fence: {"min_dwell_s": 900.0}}, since + 15 * minute) == [(fence, "enter")]
    # Whoever was there before midnight does not come at midnight.
    midnight = inside._replace(since=datetime(2026, 9, 21, 16, tzinfo=UTC))
    assert crossings([], [midnight], told, midnight.since) == []


def test_a_change_has_the_last_days_told_anew(town: Town) -> None:
    fence = town.fence()
    run_out(town)
    today = datetime.now(UTC)
    store.change(town.connection, fence, store.Given({"note": "x", "name": "y"}))
    assert next_recount(town.connection) is None
    store.change(town.connection, fence, store.Given({"join_s": 60.0}))
    assert store.read(town.connection, fence)["counting"] is True
    days = run_out(town)
    assert len(days) == DAYS
    assert days[0] == (today + timedelta(hours=8)).date()
    assert store.read(town.connection, fence)["counting"] is False


def run_out(town: Town) -> list[date]:
    """Do all that the job does."""
    days = []
    while (item := next_recount(town.connection)) is not None:
        days.append(item.day)
        recount(town.connection, item, datetime.now(UTC))
        assert len(days) <= 2 * DAYS
    return days


def test_only_days_near_the_fence_are_marked(town: Town) -> None:
    near, far = town.movers
    fence = town.fence()
    town.connection.execute("UPDATE fence SET recount_day = NULL")
    day = (datetime.now(UTC) + timedelta(hours=8)).date() - timedelta(days=3)
    _fix(town, near, day, 0.0)
    _fix(town, far, day, 30_000.0)
    town.connection.execute("DELETE FROM track_dirty")
    for mover in (near, far):
        town.connection.execute(
            "INSERT INTO track_day (mover_id, day, edition, parameters, fixes, good, verdicts)"
            " VALUES (%s, %s, 1, 1, 1, 1, '\\x00')",
            (mover, day),
        )
    store.change(town.connection, fence, store.Given({"join_s": 60.0}))
    run_out(town)
    dirty = "SELECT mover_id, day FROM track_dirty"
    assert town.connection.execute(dirty).fetchall() == [(near, day)]
    # A fence that is for somebody else now: of whom it said something, that is to be taken back.
    town.connection.execute("DELETE FROM track_dirty")
    store.change(town.connection, fence, store.Given({"movers": [far]}))
    run_out(town)
    assert town.connection.execute(dirty).fetchall() == []
    town.connection.execute(
        "INSERT INTO fence_visit (fence_id, mover_id, since, day, last_at, probability, fixes)"
        " VALUES (%s, %s, now(), %s, now(), 1, 1)",
        (fence, near, day),
    )
    store.change(town.connection, fence, store.Given({"join_s": 50.0}))
    run_out(town)
    assert town.connection.execute(dirty).fetchall() == [(near, day)]


def _fix(town: Town, mover: int, day: date, x: float) -> None:
    ((lon, lat),) = lonlat([(x, 100)])
    put(town.connection, mover, Columns.of([at(12, day)], [lon], [lat], accuracy_m=5.0))


def test_pages_follow_one_another(town: Town) -> None:
    town.fence()
    for mover in (0, 1):
        town.follow(stands(8, 0.1), away(9), stands(10, 0.1), away(11), mover=mover)
    found, before = [], None
    while len(page := town.visits(limit=1, before=before)):
        found += page
        before = reading.place_of(page[-1])
    assert found == town.visits()
    assert len(found) == 4
    for text in ("x", "1.2", "9" * 30 + ".1.1"):
        with pytest.raises(InvalidInput):
            town.visits(before=text)


def test_a_place_lends_its_area(town: Town) -> None:
    town.connection.execute(
        "INSERT INTO place (kind, name, risk_level, geom, source) SELECT min(key), 'p', 1,"
        " ST_SetSRID(ST_MakePoint(%s, 39.98), 4326), 't' FROM place_kind",
        (LON,),
    )
    ((place,),) = town.connection.execute("SELECT max(id) FROM place").fetchall()
    fence = town.fence(None, place_id=place)
    made = store.read(town.connection, fence)
    assert (made["geometry"]["type"], made["radius_m"], made["place_id"]) == ("Point", 50.0, place)
    with pytest.raises(InvalidInput, match="place_id"):
        town.fence(None, place_id=place + 10**6)
    with pytest.raises(InvalidInput, match="geometry"):
        town.fence(None)
    with pytest.raises(InvalidInput, match="radius_m"):
        town.fence(radius_m=5.0)
