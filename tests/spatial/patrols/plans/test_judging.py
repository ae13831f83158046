"""Results on a real database: in step with tracks, whatever comes when, by one or several people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely

from spatial.errors import InvalidInput
from spatial.events.calendar import Calendar
from spatial.patrols.compliance.targets import Target
from spatial.patrols.compliance.track import Track, joined
from spatial.patrols.days import ZONE, bounds
from spatial.patrols.plans import cuts, dues, judging, missed, store
from spatial.rights.reader import SYSTEM
from tests.spatial.patrols.compliance.ground import line, point, track, walk

ALWAYS = Calendar.of([(day, time(0), time(23, 59)) for day in range(1, 8)], {})
DAY = date(2026, 9, 22)
STREET = line((0, 0), (1000, 0))


@dataclass
class Town:
    """An empty city with people in it."""

    connection: psycopg.Connection[Any]
    movers: list[int]

    def plan(self, *targets: Target, members: int = 1, **columns: Any) -> int:
        """Write a plan of a street, due from 8 to 12, for the first few people, and what is due by it."""
        given = {"name": "p", "kind": "lines", "valid_from": DAY, "starts": time(8), "ends": time(12)}
        shapes = [store.GivenTarget(each) for each in targets or (Target(STREET),)]
        people = [store.Member(mover_id=mover) for mover in self.movers[:members]]
        plan = store.add(self.connection, SYSTEM, store.Given(given | columns, shapes, people))
        self.make(plan)
        return plan

    def make(self, plan: int, day: date = DAY) -> int:
        """Make what is due on a day, as if the plan had been written long before."""
        self.connection.execute("UPDATE patrol_plan SET since = '2026-01-01' WHERE id = %s", (plan,))
        self.connection.execute("UPDATE patrol_member SET since = '2026-01-01' WHERE plan_id = %s", (plan,))
        return dues.make(self.connection, day, day, ALWAYS, plan)

    def follow(self, mover: int, *tracks: Track, day: date = DAY) -> list[int]:
        """Say what a mover's day was."""
        return judging.follow_track(self.connection, self.movers[mover], day, joined(tracks))

    def close(self) -> int:
        """Let the time go by."""
        now = datetime(2026, 10, 1, tzinfo=UTC)
        return sum(judging.close(self.connection, due, now) for due in judging.over(self.connection, now))

    def results(self, plan: int) -> list[dict[str, Any]]:
        """Read what came of a plan, oldest first."""
        return dues.listed(self.connection, dues.Wanted(plan_id=plan))[::-1]

    def state(self, plan: int) -> Any:
        """Read everything that is said of a plan, but when it was said."""
        rows = [{**row, "computed_at": None, "id": None} for row in self.results(plan)]
        parts = missed.features(self.connection, missed.Wanted(plan_id=plan))
        return rows, [(each["geometry"], each["properties"]["word"]) for each in parts]


@pytest.fixture
def town(postgis: psycopg.Connection[Any]) -> Iterator[Town]:
    postgis.execute("INSERT INTO organisation (code, name, name_en, kind) VALUES ('o', 'o', 'o', 'utility')")
    postgis.execute(
        "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code)"
        " SELECT 'W' || n, '', '', 'grid_worker', o.id, '99010100' || n FROM organisation AS o,"
        " generate_series(1, 3) AS n WHERE o.code = 'o'"
    )
    rows = postgis.execute(
        "SELECT m.id FROM mover AS m JOIN worker AS w ON w.id = m.worker_id ORDER BY w.code"
    ).fetchall()
    yield Town(postgis, [row[0] for row in rows])


def at(hour: float, day: date = DAY) -> int:
    """Give a local time of the day in POSIX microseconds."""
    return bounds(day)[0] + round(hour * 3.6e9)


def walked(begin: float, end: float, hour: float = 9.0, **more: Any) -> Track:
    """Walk a part of the street, metres from its begin."""
    return walk((begin, 0), (end, 0), start_us=at(hour), **more)


def away(hours: float = 4.0, hour: float = 8.0) -> Track:
    """Be elsewhere, with a good phone, the whole time."""
    return walk((0, 3000), (hours * 4320, 3000), start_us=at(hour))


def test_a_walk_is_done_at_once_and_stays_so(town: Town) -> None:
    plan = town.plan()
    assert len(town.follow(0, walked(0, 1000))) == 1
    (found,) = town.results(plan)
    assert (found["word"], found["ratio"], found["closed_at"]) == ("done", 1.0, None)
    assert town.close() == 1
    (found,) = town.results(plan)
    assert found["word"] == "done"
    assert found["targets"][0]["figures"]["first_at"].startswith("2026-09-22T01:00:00")
    assert missed.features(town.connection, missed.Wanted(plan_id=plan)) == []


def test_what_is_left_is_open_until_the_time_is_over_and_missed_then(town: Town) -> None:
    plan = town.plan()
    town.follow(0, away())
    (found,) = town.results(plan)
    assert (found["word"], found["false_accusation_rate"]) == ("open", None)
    town.close()
    (found,) = town.results(plan)
    assert (found["word"], found["ratio"]) == ("missed", 0.0)
    assert found["false_accusation_rate"] <= 0.01
    (feature,) = missed.features(town.connection, missed.Wanted(plan_id=plan, words=("missed",)))
    assert shapely.geometry.shape(feature["geometry"]).geom_type == "MultiLineString"
    assert feature["properties"]["word"] == "missed"


def test_nobody_without_fixes_is_accused(town: Town) -> None:
    plan = town.plan()
    town.close()
    (found,) = town.results(plan)
    assert (found["word"], found["reason"], found["false_accusation_rate"]) == (
        "cannot_tell",
        "no_fixes",
        1.0,
    )


def test_late_fixes_change_what_was_said(town: Town) -> None:
    plan = town.plan()
    town.follow(0, away())
    town.close()
    assert town.results(plan)[0]["word"] == "missed"
    assert len(town.follow(0, away(0.98), walked(0, 1000), away(2.7, 9.3))) == 1
    assert town.results(plan)[0]["word"] == "done"
    assert missed.features(town.connection, missed.Wanted(plan_id=plan)) == []
    # And back, when somebody marks them as bad.
    town.follow(0, away())
    assert town.results(plan)[0]["word"] == "missed"


def test_doing_it_again_writes_nothing(town: Town) -> None:
    plan = town.plan()
    way = walked(0, 600)
    assert town.follow(0, way)
    before = town.connection.execute("SELECT ctid, xmin FROM patrol_result").fetchall()
    assert town.follow(0, way) == []
    assert town.connection.execute("SELECT ctid, xmin FROM patrol_result").fetchall() == before
    assert len(town.results(plan)) == 1


def test_every_order_of_days_and_people_comes_to_the_same(town: Town) -> None:
    """A night over midnight, shared by two: four days of movers, in every order, closed in the middle."""
    plan = town.plan(starts=time(22), ends=time(6), together=True, members=2)
    following = DAY + timedelta(days=1)
    told = [
        (0, walk((0, 0), (400, 0), start_us=at(23.0)), DAY),
        (0, walk((400, 0), (600, 0), start_us=at(1.0, following)), following),
        (1, walk((1000, 0), (800, 0), start_us=at(22.5)), DAY),
        (1, walk((800, 0), (700, 0), start_us=at(3.0, following)), following),
    ]
    states = []
    for number, order in enumerate(permutations(range(4))):
        town.connection.execute("SAVEPOINT start")
        for place, which in enumerate(order):
            mover, way, day = told[which]
            town.follow(mover, way, day=day)
            if place == number % 4:
                town.close()
        states.append(town.state(plan))
        town.connection.execute("ROLLBACK TO start")
    assert all(state == states[0] for state in states)
    (row,) = states[0][0]
    assert row["figures"]["targets"] == 1
    assert row["targets"][0]["figures"]["covered"] == pytest.approx(600 + 15 + 300 + 15, abs=10)


def test_a_leg_over_midnight_is_not_lost(town: Town) -> None:
    plan = town.plan(starts=time(22), ends=time(6))
    following = DAY + timedelta(days=1)
    # The street's middle lies on the leg from a minute before midnight to a minute after it.
    way = walk((0, 0), (1000, 0), every_s=60, start_us=at(24) - round(1000 / 1.2 / 2 * 1e6) - 30_000_000)
    town.follow(0, way, day=DAY)
    town.follow(0, way, day=following)
    assert town.results(plan)[0]["ratio"] == 1.0


def test_a_leg_over_midnight_is_not_lost_when_the_last_fix_before_it_is_bad(town: Town) -> None:
    plan = town.plan(starts=time(22), ends=time(6))
    following = DAY + timedelta(days=1)
    way = walk((0, 0), (1000, 0), every_s=20, start_us=at(24) - 400_000_000)
    before = int(np.searchsorted(way.time_us, at(24)))
    # Two fixes are bad: the way leads from 50 s before midnight over it.
    accuracy = way.accuracy_m.copy()
    accuracy[before - 2 : before] = 400.0
    bad = replace(way, accuracy_m=accuracy)
    town.follow(0, bad, day=DAY)
    town.follow(0, bad, day=following)
    found = town.results(plan)[0]["targets"][0]
    assert (found["ratio"], found["figures"]["unusable"]) == (1.0, 2)
    assert found["figures"]["fixes"] == len(way) - 2


def test_a_stand_over_midnight_is_one(town: Town) -> None:
    following = DAY + timedelta(days=1)
    target = Target(point(0, 0), radius_m=20, dwell_s=600)
    plan = town.plan(target, kind="points", starts=time(22), ends=time(6))
    stood = track([(0, 0)] * 61, np.arange(0, 601, 10), start_us=at(24) - 300_000_000)
    for order in ((DAY, following), (following, DAY)):
        for day in order:
            town.follow(0, stood, day=day)
        (found,) = town.results(plan)
        assert found["word"] == "done"
        assert found["probability"] > 0.9
        figures = found["targets"][0]["figures"]
        assert (figures["visits"], figures["dwell_s"]) == (1, pytest.approx(600, abs=0.01))
        assert figures["fixes"] == 61


def test_nobody_is_accused_while_a_companion_is_silent(town: Town) -> None:
    plan = town.plan(members=2, together=True)
    town.follow(0, away())
    town.close()
    (found,) = town.results(plan)
    assert (found["word"], found["reason"], found["false_accusation_rate"]) == (
        "cannot_tell",
        "no_fixes",
        1.0,
    )
    town.follow(1, away())
    assert town.results(plan)[0]["word"] == "missed"


def test_each_does_all_of_it_or_all_do_it_together(town: Town) -> None:
    each, both = town.plan(members=2), town.plan(members=2, together=True)
    town.follow(0, walked(0, 500))
    town.follow(1, walked(500, 1000, hour=10))
    assert [row["ratio"] for row in town.results(each)] == [pytest.approx(0.515, abs=0.006)] * 2
    assert [(row["ratio"], row["mover_id"]) for row in town.results(both)] == [(1.0, None)]


def test_a_round_is_its_own_patrol(town: Town) -> None:
    plan = town.plan(rounds=2)
    town.follow(0, walked(0, 1000, hour=8.5), away(2, 10))
    town.close()
    assert [row["word"] for row in town.results(plan)] == ["done", "missed"]


def test_a_group_is_whoever_belongs_to_it_when_it_is_due(town: Town) -> None:
    members = [store.Member(organisation="o", unit_code="990101002")]
    columns = {"name": "g", "kind": "lines", "valid_from": DAY, "starts": time(8), "ends": time(12)}
    given = store.Given(columns, [store.GivenTarget(Target(STREET))], members)
    plan = store.add(town.connection, SYSTEM, given)
    town.make(plan)
    assert [row["mover_id"] for row in town.results(plan)] == [town.movers[1]]
    assert dues.make(town.connection, DAY, DAY, ALWAYS) == 0


def test_what_was_due_stays_judged_by_the_plan_as_it_was(town: Town) -> None:
    plan = town.plan()
    town.follow(0, walked(0, 1000))
    town.close()
    other = store.GivenTarget(Target(line((0, 3000), (500, 3000))))
    assert store.change(town.connection, plan, store.Given({"rules": {"done_at": 0.5}}, [other])) == 2
    town.follow(0, away(0.98), walked(0, 500), away(2.85, 9.15))
    (found,) = town.results(plan)
    assert (found["word"], found["ratio"]) == ("partly", pytest.approx(0.515, abs=0.006))
    kept = store.read(town.connection, plan)
    assert [each["seq"] for each in kept["targets"]] == [1]
    assert kept["targets"][0]["geometry"]["type"] == "LineString"


def test_a_plan_that_was_due_is_retired_and_one_that_was_not_is_gone(town: Town) -> None:
    used = town.plan(valid_from=date(2026, 1, 1))
    town.make(used, date(2026, 2, 1))
    assert store.remove(town.connection, used) is False
    assert store.read(town.connection, used)["retired_at"] is not None
    fresh = town.plan(valid_from=date(2099, 1, 1))
    assert store.remove(town.connection, fresh) is True
    assert store.listed(town.connection, store.Wanted()) == []


def test_a_record_on_the_spot_counts(town: Town) -> None:
    run = town.connection.execute
    run(
        "INSERT INTO place (kind, name, risk_level, geom, source) VALUES ('school', 's', 3,"
        " ST_SetSRID(ST_MakePoint(116.33, 39.98), 4326), 'test')"
    )
    place = run("SELECT max(id) FROM place").fetchall()[0][0]
    columns = {"name": "r", "kind": "points", "valid_from": DAY, "starts": time(8), "ends": time(12)}
    thing = store.GivenTarget(None, place_id=place, measures={"dwell_s": 300.0})
    members = [store.Member(mover_id=town.movers[0])]
    plan = store.add(town.connection, SYSTEM, store.Given(columns, [thing], members))
    town.make(plan)
    for number, (distance, word) in enumerate([(500.0, "cannot_tell"), (30.0, "done")]):
        run(
            "INSERT INTO patrol_record (place_id, mover_id, result, distance_m, at, username)"
            " VALUES (%s, %s, 'normal', %s, %s, 'n')",
            (place, town.movers[0], distance, datetime.combine(DAY, time(9, number), ZONE)),
        )
        town.close()
        (found,) = town.results(plan)
        judging.judge_by_id(town.connection, found["id"])
        (found,) = town.results(plan)
        assert found["word"] == word
    assert found["reason"] == "record"


def test_a_new_border_cuts_the_plans_that_it_runs_through(town: Town) -> None:
    plan = town.plan(valid_until=None)
    assert [each["id"] for each in cuts.cut_by(town.connection, line((500, -50), (500, 50)))] == [plan]
    assert cuts.cut_by(town.connection, line((500, 20), (500, 50))) == []
    assert cuts.cut_by(town.connection, shapely.LineString()) == []
    store.change(town.connection, plan, store.Given({"retired": True}))
    assert cuts.cut_by(town.connection, line((500, -50), (500, 50))) == []


@pytest.mark.parametrize(
    ("columns", "where"),
    [
        ({"rules": {"done_at": 2}}, "rules.done_at"),
        ({"rules": {"nonsense": 1}}, "rules.nonsense"),
        ({"rules": {"in_order": 1}}, "rules.in_order"),
        ({"rules": {"missed_at": 0.99}}, "rules.missed_at"),
        ({"valid_until": date(2020, 1, 1)}, "valid_until"),
        ({"kind": "points"}, "targets[0].geometry"),
        ({"organisation": "nobody"}, "organisation"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_by_its_field(
    town: Town, columns: dict[str, Any], where: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        town.plan(**columns)
    assert error.value.problems[0].where == where


def test_members_must_be_somebody(town: Town) -> None:
    given = {"name": "p", "kind": "lines", "valid_from": DAY, "starts": time(8), "ends": time(12)}
    targets = [store.GivenTarget(Target(STREET))]
    for member in (store.Member(), store.Member(mover_id=1, unit_code="9"), store.Member(mover_id=10**9)):
        with pytest.raises(InvalidInput), town.connection.transaction():
            store.add(town.connection, SYSTEM, store.Given(given, targets, [member]))


def test_what_is_asked_of_dues_by_mover_uses_an_index(town: Town) -> None:
    town.plan()
    town.connection.execute("SET LOCAL enable_seqscan = off")
    from spatial.database import query

    values = {
        "mover": 1,
        "since": datetime(2026, 1, 1, tzinfo=UTC),
        "until": datetime(2026, 1, 2, tzinfo=UTC),
    }
    rows = town.connection.execute("EXPLAIN " + query(store.ROOM, "dues_of"), values).fetchall()
    assert any("ix_patrol_due" in row[0] for row in rows)
