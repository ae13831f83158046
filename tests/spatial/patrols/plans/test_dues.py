"""What is made due: nothing twice, nothing that began before, and nothing held that need not be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from psycopg import sql

from spatial.database import query
from spatial.patrols.compliance.targets import Target
from spatial.patrols.days import day_of
from spatial.patrols.plans import dues, store
from spatial.rights.reader import SYSTEM
from tests.spatial.patrols.plans.test_judging import ALWAYS, STREET, Town, town

__all__ = ["town"]

TOMORROW = day_of(datetime.now(UTC)) + timedelta(days=1)


def written(town: Town, members: list[store.Member], **columns: Any) -> int:
    given = {
        "name": "d", "kind": "lines", "valid_from": date(2026, 1, 1), "starts": time(8), "ends": time(12),
    }  # fmt: skip
    shapes = [store.GivenTarget(Target(STREET))]
    return store.add(town.connection, SYSTEM, store.Given(given | columns, shapes, members))


def alone(town: Town, *numbers: int) -> list[store.Member]:
    return [store.Member(mover_id=town.movers[number]) for number in numbers]


def since(town: Town, table: str, key: str, plan: int, at: datetime) -> None:
    statement = sql.SQL("UPDATE {} SET since = %s WHERE {} = %s")
    town.connection.execute(statement.format(sql.Identifier(table), sql.Identifier(key)), (at, plan))


def make(town: Town, day: date, plan: int) -> int:
    return dues.make(town.connection, day, day, ALWAYS, plan)


def test_what_began_before_the_plan_is_never_due(town: Town) -> None:
    plan = written(town, alone(town, 0))
    assert make(town, TOMORROW - timedelta(days=2), plan) == 0
    assert make(town, TOMORROW, plan) == 1


def test_a_changed_plan_holds_from_then_on(town: Town) -> None:
    plan = written(town, alone(town, 0))
    since(town, "patrol_plan", "id", plan, datetime(2026, 1, 1, tzinfo=UTC))
    since(town, "patrol_member", "plan_id", plan, datetime(2026, 1, 1, tzinfo=UTC))
    store.change(town.connection, plan, store.Given({"starts": time(7)}))
    assert make(town, TOMORROW - timedelta(days=2), plan) == 0


def test_whoever_joins_has_nothing_to_do_before(town: Town) -> None:
    day = TOMORROW - timedelta(days=2)
    plan = written(town, alone(town, 0))
    both = written(town, alone(town, 0), together=True)
    for each in (plan, both):
        since(town, "patrol_member", "plan_id", each, datetime(2026, 1, 1, tzinfo=UTC))
        store.change(town.connection, each, store.Given(members=alone(town, 1, 0)))
        since(town, "patrol_plan", "id", each, datetime(2026, 1, 1, tzinfo=UTC))
        assert make(town, day, each) == 1
    assert [row["mover_id"] for row in town.results(plan)] == [town.movers[0]]
    assert [row["movers"] for row in town.results(both)] == [[town.movers[0]]]
    make(town, TOMORROW, both)
    assert town.results(both)[-1]["movers"] == sorted(town.movers[:2])


def test_making_it_again_writes_and_locks_nothing(town: Town) -> None:
    for shared in (False, True):
        plan = written(town, alone(town, 0, 1), together=shared)
        assert make(town, TOMORROW, plan) == (1 if shared else 2)
        rows = "SELECT id, ctid, xmin, xmax FROM patrol_due ORDER BY id"
        before = town.connection.execute(rows).fetchall()
        number = "SELECT last_value FROM pg_sequences WHERE sequencename = 'patrol_due_id_seq'"
        last = town.connection.execute(number).fetchall()
        with town.connection.transaction():
            assert make(town, TOMORROW, plan) == 0
        assert town.connection.execute(rows).fetchall() == before
        assert town.connection.execute(number).fetchall() == last


def test_only_where_other_people_do_it_together_is_it_written(town: Town) -> None:
    plan = written(town, [store.Member(organisation="o")], together=True)
    make(town, TOMORROW, plan)
    town.connection.execute("UPDATE worker SET organisation_id = organisation_id WHERE code = 'W1'")
    assert make(town, TOMORROW, plan) == 0
    town.connection.execute(
        "INSERT INTO organisation (code, name, name_en, kind) VALUES ('p', 'p', 'p', 'utility')"
    )
    town.connection.execute(
        "UPDATE worker SET organisation_id = (SELECT id FROM organisation WHERE code = 'p') WHERE code = 'W1'"
    )
    assert make(town, TOMORROW, plan) == 1
    assert town.results(plan)[0]["movers"] == town.movers[1:]


def test_who_is_meant_in_several_ways_is_meant_once(town: Town) -> None:
    members = [
        *alone(town, 0), store.Member(organisation="o"), store.Member(unit_code="990101"),
        store.Member(organisation="o", unit_code="990101001"),
    ]  # fmt: skip
    plan = written(town, members)
    assert make(town, TOMORROW, plan) == 3
    assert sorted(row["mover_id"] for row in town.results(plan)) == town.movers


def test_what_is_forgotten_is_locked_in_the_order_of_grading(town: Town) -> None:
    plan = written(town, alone(town, 0, 1, 2))
    make(town, TOMORROW, plan)
    values = {"plan_id": plan}
    rows = town.connection.execute("EXPLAIN " + query(store.ROOM, "dues_forget"), values).fetchall()
    lines = [row[0] for row in rows]
    locked = next(number for number, line in enumerate(lines) if "LockRows" in line)
    assert any("Sort" in line or "Index Scan using pk_patrol_due" in line for line in lines[locked:])
    dues.forget(town.connection, plan)
    assert town.results(plan) == []
