"""Days are graded from raw, whatever comes when; what follows is told in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from spatial.database import Database, connect, query, session
from spatial.patrols import grader, marks, track_days, tracks
from spatial.patrols.columns import Columns
from spatial.patrols.days import bounds, day_of, moments, touched
from spatial.patrols.grader import Dirty, grade_dirty, grade_one
from spatial.patrols.track_days import TrackDay, moment
from spatial.patrols.verdicts import Verdict
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.patrols.field import hire, put
from tests.spatial.patrols.grading.ways import graded
from tests.spatial.patrols.truth import walk

WALK = walk("foot", 21, seconds=3 * 3600, stand_s=1200).columns


@pytest.fixture
def field(fresh_url: str, as_app: Callable[[str], str]) -> Iterator[tuple[Database, int]]:
    """A pool of the platform's over an empty city, and a mover in it."""
    with connect(fresh_url) as owner:
        mover = hire(owner)
    pool = Database(as_app(fresh_url), pool_size=4)
    pool.open()
    yield pool, mover
    pool.close()


def send(database: Database, mover: int, columns: Columns, rows: Any = None) -> None:
    with connect(_owner_of(database)) as owner:
        put(owner, mover, columns, rows)


def _owner_of(database: Database) -> str:
    return OWNERS[database.url]


OWNERS: dict[str, str] = {}


@pytest.fixture(autouse=True)
def _owners(fresh_url: str, as_app: Callable[[str], str]) -> None:
    OWNERS[as_app(fresh_url)] = fresh_url


def kept(database: Database, mover: int) -> dict[date, TrackDay]:
    days = touched(WALK.time_us).tolist()
    with session(database, SYSTEM) as connection:
        return {each.day: each for each in track_days.read_days(connection, mover, days)}


def dirty(database: Database) -> int:
    with session(database, SYSTEM) as connection:
        return len(grader.dirty_days(connection))


def test_what_is_kept_is_what_grading_finds(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK)
    assert grade_dirty(database) == len(touched(WALK.time_us))
    assert dirty(database) == 0
    whole = graded(WALK)
    found = kept(database, mover)
    day = day_of(moment(int(WALK.time_us[0])))
    assert found[day].fixes == len(WALK)
    assert found[day].codes.tolist() == whole.verdicts.tolist()
    assert found[day].distance_m == whole.distance_m
    assert found[day].stays == whole.stays
    assert found[day].trips == whole.trips


def test_late_shuffled_and_doubled_fixes_come_to_the_same(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK)
    grade_dirty(database)
    wanted = kept(database, mover)
    with connect(_owner_of(database)) as owner:
        other = hire(owner, "W-2")
    order = np.random.default_rng(4).permutation(len(WALK))
    for part in np.array_split(order, 5):
        send(database, other, WALK, part.tolist())
        send(database, other, WALK, part[:50].tolist())
        grade_dirty(database)
    found = kept(database, other)
    assert found.keys() == wanted.keys()
    for day, each in found.items():
        assert each == TrackDay(**{**vars_of(wanted[day]), "mover_id": other})


def vars_of(day: TrackDay) -> dict[str, Any]:
    return {name: getattr(day, name) for name in day.__dataclass_fields__}


def test_followers_are_told_once_a_grading_and_in_its_transaction(field: tuple[Database, int]) -> None:
    database, mover = field
    told: list[tuple[Any, ...]] = []

    def follow(connection: Any, *facts: Any) -> None:
        told.append((*facts[:4], len(facts[4].columns)))

    def fail(*_: Any) -> None:
        raise RuntimeError("the follower fails")

    send(database, mover, WALK, range(500))
    with pytest.raises(RuntimeError, match="the follower fails"):
        grade_dirty(database, followers=[follow, fail])
    assert not kept(database, mover)
    assert dirty(database)
    told.clear()
    grade_dirty(database, followers=[follow])
    first = [each for each in told if each[3].fixes]
    assert [(each[0], each[2]) for each in first] == [(mover, None)]
    send(database, mover, WALK, range(500, 700))
    grade_dirty(database, followers=[follow])
    again = [each for each in told if each[3].fixes][-1]
    assert again[2] == first[0][3]
    assert again[3].fixes == 700
    assert again[4] == 700


def test_what_comes_while_a_day_is_graded_leaves_it_dirty(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK, range(100))

    def late(*_: Any) -> None:
        send(database, mover, WALK, [200])

    day = day_of(moment(int(WALK.time_us[0])))
    assert grade_one(database, Dirty(mover, day), followers=[late])
    assert dirty(database)
    grade_dirty(database)
    assert kept(database, mover)[day].fixes == 101
    assert dirty(database) == 0


def test_a_day_is_graded_by_one_at_a_time(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK, range(100))
    day = day_of(moment(int(WALK.time_us[0])))
    meanwhile = []

    def other(*_: Any) -> None:
        meanwhile.append(grade_one(database, Dirty(mover, day), followers=[]))

    assert grade_one(database, Dirty(mover, day), followers=[other])
    assert meanwhile == [False]
    assert not grade_one(database, Dirty(mover, day))


def test_days_of_a_mover_are_graded_by_one_at_a_time(field: tuple[Database, int]) -> None:
    """A patrol over midnight follows from two days: both are never written at once."""
    database, mover = field
    day = day_of(moment(int(WALK.time_us[0])))
    with connect(_owner_of(database)) as owner:
        other = hire(owner, "W-2")
    send(database, mover, WALK, range(100))
    send(database, other, WALK, range(100))
    with connect(_owner_of(database)) as owner:
        track_days.mark_dirty(owner, mover, [day + timedelta(days=1)])
    meanwhile = []

    def beside(*_: Any) -> None:
        asked = (Dirty(mover, day + timedelta(days=1)), Dirty(other, day))
        meanwhile.extend(grade_one(database, each, followers=[]) for each in asked)

    assert grade_one(database, Dirty(mover, day), followers=[beside])
    assert meanwhile == [False, True]
    assert grade_one(database, Dirty(mover, day + timedelta(days=1)), followers=[])


def test_a_day_of_no_possible_time_holds_up_no_other(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK)
    with connect(_owner_of(database)) as owner:
        owner.execute(
            "INSERT INTO track_dirty (mover_id, day, since) SELECT %s, day::date, '2020-01-01'"
            " FROM unnest('{9999-12-31, 10000-01-01, infinity, 0001-01-01, 0044-03-15 BC}'::text[]) AS day",
            [mover],
        )
    assert grade_dirty(database) == len(touched(WALK.time_us))
    assert dirty(database) == 0
    with session(database, SYSTEM) as connection:
        assert grader.never_graded(connection) == 5


def test_a_day_that_fails_holds_up_no_other(field: tuple[Database, int]) -> None:
    database, mover = field
    with connect(_owner_of(database)) as owner:
        other = hire(owner, "W-2")
    send(database, mover, WALK)
    send(database, other, WALK)

    def fail(_: Any, whose: int, *__: Any) -> None:
        if whose == mover:
            raise RuntimeError("cannot be followed")

    with pytest.raises(RuntimeError, match="cannot be followed"):
        grade_dirty(database, followers=[fail])
    assert not kept(database, mover)
    assert len(kept(database, other)) == dirty(database) == len(touched(WALK.time_us))


def test_a_day_that_is_put_off_waits_for_its_time(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK, range(100))
    day = day_of(moment(int(WALK.time_us[0])))
    before = dirty(database)
    grader.put_off(database, Dirty(mover, day), timedelta(hours=1))
    send(database, mover, WALK, range(100, 120))
    assert dirty(database) == before - 1
    grader.put_off(database, Dirty(mover, day))
    assert dirty(database) == before


def test_an_answer_is_never_stale(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK, range(300))
    grade_dirty(database)
    send(database, mover, WALK, range(300, 900))
    day = day_of(moment(int(WALK.time_us[0])))
    with session(database, SYSTEM) as connection:
        who = tracks.find_mover(connection, SYSTEM, mover=mover)
        (now,) = tracks.summary(connection, SYSTEM, who, [day])
        track = tracks.read_track(connection, SYSTEM, who, *moments(day))
    assert now.fixes == 900
    grade_dirty(database)
    assert kept(database, mover)[day] == now
    assert track.verdicts.tolist() == now.codes.tolist()
    with session(database, SYSTEM) as connection:
        assert tracks.summary(connection, SYSTEM, who, [day]) == [now]
        known = tracks.read_track(connection, SYSTEM, who, *moments(day))
    assert known.verdicts.tolist() == track.verdicts.tolist()
    assert known.columns.lon.tolist() == WALK.lon[:900].tolist()


def test_a_part_of_a_day_has_the_verdicts_of_the_whole(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK)
    begin, end = moment(int(WALK.time_us[100])), moment(int(WALK.time_us[400]))
    with session(database, SYSTEM) as connection:
        who = tracks.find_mover(connection, SYSTEM, mover=mover)
        part = tracks.read_track(connection, SYSTEM, who, begin, end)
    assert part.columns.time_us.tolist() == WALK.time_us[100:400].tolist()
    assert part.verdicts.tolist() == graded(WALK).verdicts[100:400].tolist()


def test_a_mark_by_hand_takes_a_fix_out_and_back(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK)
    grade_dirty(database)
    before = kept(database, mover)
    at = moment(int(WALK.time_us[50]))
    chief = Reader(None, "chief", "Chief", "district_administrator")
    with session(database, chief) as connection:
        who = tracks.find_mover(connection, chief, mover=mover)
        assert marks.add(connection, chief, who, at, None, "by hand") == [int(WALK.mark[50])]
    assert dirty(database)
    grade_dirty(database)
    day = day_of(at)
    assert kept(database, mover)[day].codes[50] == Verdict.MARKED_BAD
    with session(database, chief) as connection:
        assert marks.remove(connection, chief, who, at, int(WALK.mark[50])) == 1
    grade_dirty(database)
    assert kept(database, mover) == before
    with connect(_owner_of(database)) as owner:
        seen = owner.execute("SELECT action FROM audit WHERE relation = 'fix_mark' ORDER BY id").fetchall()
    assert [row[0].lower() for row in seen] == ["insert", "delete"]


def test_a_whole_city_can_be_asked_again(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK)
    grade_dirty(database)
    with session(database, SYSTEM) as connection:
        begin = moment(int(WALK.time_us[0]))
        assert grader.ask_again(connection, begin, begin + timedelta(days=1)) >= 1
        assert grader.ask_again(connection, begin, begin + timedelta(days=1), mover + 1) == 0
    assert dirty(database) >= 1


def test_a_changed_gait_is_judged_anew_at_once(field: tuple[Database, int]) -> None:
    database, mover = field
    ride = walk("car", 3, seconds=3600, stand_s=300, jumps=0.0).columns
    send(database, mover, ride)
    grade_dirty(database)
    day = day_of(moment(int(ride.time_us[0])))
    with connect(_owner_of(database)) as owner:
        owner.execute("UPDATE mover SET gait = 'car' WHERE id = %s", [mover])
    with session(database, SYSTEM) as connection:
        who = tracks.find_mover(connection, SYSTEM, mover=mover)
        (now,) = tracks.summary(connection, SYSTEM, who, [day])
    assert Verdict.OVERSPEED in kept(database, mover)[day].codes
    assert Verdict.OVERSPEED not in now.codes


def test_days_of_another_gait_are_graded_anew(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK, range(200))
    grade_dirty(database)
    with session(database, SYSTEM) as connection:
        assert track_days.mark_stale(connection) == 0
    with connect(_owner_of(database)) as owner:
        owner.execute("UPDATE mover SET gait = 'ebike' WHERE id = %s", [mover])
    with session(database, SYSTEM) as connection:
        assert track_days.mark_stale(connection, mover) > 0
    grade_dirty(database)
    with session(database, SYSTEM) as connection:
        assert track_days.mark_stale(connection) == 0


def test_what_was_said_of_fixes_outlives_them(field: tuple[Database, int]) -> None:
    """Retention takes fixes away; grading again then must not take away what the day came to."""
    database, mover = field
    send(database, mover, WALK)
    grade_dirty(database)
    before = kept(database, mover)
    day = day_of(moment(int(WALK.time_us[0])))
    with connect(_owner_of(database)) as owner:
        owner.execute("DELETE FROM fix WHERE mover_id = %s", [mover])
        track_days.mark_dirty(owner, mover, [day])
    with session(database, SYSTEM) as connection:
        who = tracks.find_mover(connection, SYSTEM, mover=mover)
        assert tracks.summary(connection, SYSTEM, who, [day]) == [before[day]]
    grade_dirty(database)
    assert kept(database, mover) == before


def test_fixes_of_a_mover_are_read_by_their_key(field: tuple[Database, int]) -> None:
    database, mover = field
    send(database, mover, WALK)
    text = query("spatial.patrols", "tracks_fixes")
    inner = text[text.index("SELECT") : text.rindex(") TO STDOUT")]
    values = {"mover": mover, "begin": moments(date(2026, 9, 20))[0], "until": moments(date(2026, 9, 22))[0]}
    with connect(_owner_of(database)) as owner:
        owner.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in owner.execute(f"EXPLAIN {inner}", values).fetchall())
    assert "Index Scan" in plan
    # In the order of the key, day by day.
    assert "Sort" not in plan.replace("Sort Key", "")


def test_days_know_their_neighbours() -> None:
    day = date(2026, 11, 22)
    begin, end = bounds(day)
    assert touched([begin]).tolist() == [day - timedelta(days=1), day]
    assert touched([begin + 3_600_000_000]).tolist() == [day]
    assert touched([end - 1]).tolist() == [day, day + timedelta(days=1)]
    assert moments(day)[0].isoformat() == "2026-11-21T16:00:00+00:00"
