"""The dispatcher of a process follows the store, and what it decided holds until it is stored."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spatial.database import Database, connect, session
from spatial.errors import Unavailable
from spatial.events.dispatch import Dispatchers, reading, still_holds
from spatial.events.dispatch.people import read_crew
from spatial.events.dispatch.reading import read_lines
from spatial.rights.reader import SYSTEM
from tests.patience import until
from tests.spatial.events.dispatch.boards import ask
from tests.spatial.rights.town import GRIDS, build, middle


@pytest.fixture(scope="module")
def url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(build) as made:
        yield made


@pytest.fixture
def database(url: str, as_app: Callable[[str], str]) -> Iterator[Database]:
    opened = Database(as_app(url), 4)
    opened.open()
    yield opened
    opened.close()


def execute(url: str, statement: str, *values: Any) -> None:
    """Change something as the owner."""
    with connect(url) as owner:
        owner.execute(statement, values)


def test_it_is_kept_while_nothing_changes_and_renewed_when_something_does(
    url: str, database: Database, tmp_path: Path
) -> None:
    dispatchers = Dispatchers(database, tmp_path)
    first = dispatchers.current()
    assert dispatchers.current().rules is first.rules
    with session(database, SYSTEM) as connection:
        assert still_holds(connection, first)
    execute(url, "UPDATE duty SET rank = rank WHERE unit_code = %s", GRIDS[0])
    with session(database, SYSTEM) as connection:
        assert not still_holds(connection, first)
    second = dispatchers.current()
    assert second.rules is not first.rules
    assert second.coverages["grids"] is first.coverages["grids"], "borders have not changed: none is compiled"
    (decision,) = second.decide(ask([middle(GRIDS[3])], "01001"))
    assert (decision.unit_code, decision.rule) == (GRIDS[3], "upward"), "nobody of the town is on duty"
    assert second.rules.order.index("school") < second.rules.order.index("police"), (
        "the city's police come last"
    )


def test_what_holds_goes_on_holding_until_the_transaction_ends(url: str, database: Database) -> None:
    dispatcher = Dispatchers(database).current()
    with connect(url) as owner:
        owner.execute("SET lock_timeout = '200ms'")
        with session(database, SYSTEM) as connection:
            assert still_holds(connection, dispatcher)
            owner.execute("UPDATE duty SET rank = rank WHERE unit_code = %s", (GRIDS[1],))
            with pytest.raises(psycopg.errors.LockNotAvailable):
                owner.commit()
        owner.rollback()


def test_the_past_of_the_list_can_be_read(url: str, database: Database) -> None:
    before = datetime.now(UTC)
    execute(url, "UPDATE duty SET rank = 42 WHERE unit_code = %s", GRIDS[2])
    execute(url, "DELETE FROM duty WHERE unit_code = %s AND rank = 42", GRIDS[2])
    with session(database, SYSTEM) as connection:
        then = [line for line in read_lines(connection, before) if line.unit_code == GRIDS[2]]
        now = [line for line in read_lines(connection) if line.unit_code == GRIDS[2]]
    assert [line.rank for line in then] == [1]
    assert now == []


def test_people_are_read_ahead_so_that_nobody_waits(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks gets what is there, and a thread brings the news; who did not change is not made anew."""
    monkeypatch.setattr(reading, "AHEAD_SECONDS", 0.0)
    monkeypatch.setattr(reading, "PEOPLE_SECONDS", 1e9)
    dispatchers = Dispatchers(database)
    first = dispatchers.current()
    number, *others = sorted(first.people)
    execute(url, "UPDATE worker SET on_duty = NOT on_duty WHERE id = %s", number)
    until(lambda: dispatchers.current().people[number].on_duty != first.people[number].on_duty)
    found = dispatchers.current()
    assert found.rules is first.rules
    assert all(found.people[other] is first.people[other] for other in others)


def test_a_store_that_does_not_answer_ahead_is_asked_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AHEAD_SECONDS", 0.0)
    monkeypatch.setattr(reading, "PEOPLE_SECONDS", 1e9)
    dispatchers, asked = Dispatchers(database), []
    first = dispatchers.current()

    def fail(connection: Any) -> Any:
        asked.append(connection)
        raise Unavailable("not now")

    with monkeypatch.context() as broken:
        broken.setattr(dispatchers, "_people", fail)
        until(lambda: dispatchers.current().people is first.people and len(asked) > 1)
    until(lambda: dispatchers.current().people is not first.people)
    found = dispatchers.current()
    assert found.people == first.people
    assert found.rules is first.rules


def test_what_waits_is_counted_each_time_unless_counting_takes_long(url: str, database: Database) -> None:
    with session(database, SYSTEM) as connection:
        first = read_crew(connection)
        slow = replace(first, counted_at=time.monotonic(), counted_s=3600.0, loads={**first.loads, -1: 1})
        assert read_crew(connection, slow).loads is slow.loads, (
            "an hour of counting is not done again at once"
        )
        quick = replace(slow, counted_s=0.0)
        again = read_crew(connection, quick)
    assert again.loads == first.loads
    assert again.people == first.people
    assert all(again.people[number] is person for number, person in first.people.items())


def test_a_load_that_changed_makes_its_person_anew_and_nobody_else(url: str, database: Database) -> None:
    with session(database, SYSTEM) as connection:
        first = read_crew(connection)
        number, *others = sorted(first.people)
        wrong = replace(first.people[number], load=first.people[number].load + 5)
        again = read_crew(
            connection, replace(first, people={**first.people, number: wrong}, counted_at=-math.inf)
        )
    assert again.people[number] == first.people[number]
    assert all(again.people[other] is first.people[other] for other in others)


def test_a_person_who_is_gone_is_gone(url: str, database: Database) -> None:
    with session(database, SYSTEM) as connection:
        first = read_crew(connection)
        ghost = replace(next(iter(first.people.values())), id=-7)
        before = replace(first, people={**first.people, -7: ghost}, rows={**first.rows, -7: ()})
        assert -7 not in read_crew(connection, before).people


def test_what_is_kept_is_given_unasked_while_it_is_young(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatchers = Dispatchers(database)
    first = dispatchers.recent()
    with monkeypatch.context() as cut:
        cut.setattr(dispatchers, "database", None)
        cut.setattr(reading, "AHEAD_SECONDS", 1e9)
        cut.setattr(reading, "PEOPLE_SECONDS", 1e9)
        assert dispatchers.recent() is first
    monkeypatch.setattr(reading, "PEOPLE_SECONDS", -1.0)
    assert dispatchers.recent() is not first
