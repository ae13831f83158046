"""The log under a cursor: nothing missed and nothing twice, whatever order transactions commit in."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, sql

from spatial.database import connect, query, session
from spatial.errors import InvalidInput
from spatial.partners import log
from spatial.partners.log import EVENTS, TOPICS, Cursor, Entry, Wanted, check_wanted
from spatial.rights.reader import SYSTEM
from tests.patience import until
from tests.spatial.events.desk import GRIDS, STREETS, Town, open_town
from tests.spatial.rights.town import build

STEP = """
INSERT INTO event_step (event_id, verb, from_state, to_state, note)
VALUES (%s, 'comment', 'reported', 'reported', %s)
RETURNING id
"""


@pytest.fixture(scope="module")
def town(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Town]:
    with (
        make_city(build) as url,
        open_town(url, as_app(url), tmp_path_factory.mktemp("home"), master_key) as opened,
    ):
        yield opened


def events(town: Town) -> list[int]:
    return [key for (key,) in town.ask("SELECT id FROM event ORDER BY id")]


def end(town: Town) -> Cursor:
    with session(town.database, SYSTEM) as connection:
        return log.horizon(connection)


def read_on(town: Town, cursor: Cursor, wanted: Wanted | None = None, limit: int = 1000) -> log.Scan:
    with session(town.database, SYSTEM) as connection:
        return log.scan(connection, cursor, wanted or Wanted(("events",)), limit)


def write(connection: Connection[Any], event: int, note: str = "") -> int:
    return int(connection.execute(STEP, (event, note)).fetchall()[0][0])


def test_a_step_that_commits_late_is_not_missed_behind_one_that_committed_early(town: Town) -> None:
    start, (first, second, *_) = end(town), events(town)
    with connect(town.url) as slow, connect(town.url) as quick:
        one = write(slow, first)
        two = write(quick, second)
        quick.commit()
        held = read_on(town, start)
        assert held.entries == []
        slow.commit()
    found = read_on(town, held.cursor)
    assert [entry.id for entry in found.entries] == [one, two]
    assert read_on(town, found.cursor).entries == []


def test_numbers_drawn_before_and_written_after_are_seen_too(town: Town) -> None:
    """The older number is of the younger transaction."""
    start, (first, second, *_) = end(town), events(town)
    with connect(town.url) as slow, connect(town.url) as quick:
        drawn = slow.execute("SELECT nextval(pg_get_serial_sequence('event_step', 'id'))").fetchall()[0][0]
        two = write(quick, second)
        quick.commit()
        seen = read_on(town, start)
        assert [entry.id for entry in seen.entries] == [two]
        slow.execute(
            "INSERT INTO event_step (id, event_id, verb, to_state) OVERRIDING SYSTEM VALUE"
            " VALUES (%s, %s, 'comment', 'reported')",
            (drawn, first),
        )
        slow.commit()
    assert drawn < two
    assert [entry.id for entry in read_on(town, seen.cursor).entries] == [drawn]


def test_what_is_rolled_back_holds_nothing_up_and_is_not_seen(town: Town) -> None:
    start, (first, second, *_) = end(town), events(town)
    with connect(town.url) as slow, connect(town.url) as quick:
        write(slow, first)
        two = write(quick, second)
        quick.commit()
        slow.rollback()
    assert [entry.id for entry in read_on(town, start).entries] == [two]


def test_what_runs_in_another_database_holds_nothing_up(town: Town, fresh_url: str) -> None:
    """One server holds the databases of many offices, each with its own long nights."""
    start, (first, *_) = end(town), events(town)
    with connect(fresh_url) as neighbour, connect(town.url, autocommit=True) as own:
        neighbour.execute("CREATE TABLE long_night (id int)")
        one = write(own, first)
        ((older,),) = own.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) < pg_current_xact_id()")
        assert older
        assert [entry.id for entry in read_on(town, start).entries] == [one]
        neighbour.rollback()


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_many_writers_at_once(town: Town, page: int) -> None:
    """Each writes, waits, and commits or rolls back as chance will; a reader follows all the while."""
    start, keys, written, done = end(town), events(town), set[int](), threading.Event()
    seen: list[Entry] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        with connect(town.url) as connection:
            for _ in range(25):
                mine = [write(connection, chance.choice(keys)) for _ in range(chance.randint(1, 4))]
                done.wait(chance.random() * 0.01)
                if chance.random() < 0.2:
                    connection.rollback()
                else:
                    connection.commit()
                    written.update(mine)

    def follow() -> None:
        cursor = start
        while True:
            last = done.is_set()
            found = read_on(town, cursor, limit=page)
            seen.extend(found.entries)
            cursor = found.cursor
            if last and not found.more:
                return

    writers = [threading.Thread(target=work, args=(seed,)) for seed in range(5)]
    reader = threading.Thread(target=follow)
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    ids = [entry.id for entry in seen]
    assert len(ids) == len(set(ids))
    assert set(ids) == written
    assert [entry.cursor for entry in seen] == sorted(entry.cursor for entry in seen)


def test_steps_of_one_event_stand_in_their_order_though_the_later_one_is_of_the_older_transaction(
    town: Town,
) -> None:
    start, (first, second, *_) = end(town), events(town)
    values = {
        "at": "2026-01-01T00:00:00Z", "verb": "comment", "from_state": "reported", "to_state": "reported",
        "account": None, "username": "", "organisation": None, "worker": None, "note": "", "detail": "{}",
    }  # fmt: skip
    add = query("spatial.events", "step_add")
    with connect(town.url) as old, connect(town.url) as young:
        old.execute(add, {**values, "event": first})
        early = young.execute(add, {**values, "event": second}).fetchall()[0][0]
        young.commit()
        late = old.execute(add, {**values, "event": second}).fetchall()[0][0]
        old.commit()
    found = [entry.id for entry in read_on(town, start).entries if entry.event_id == second]
    assert found == [early, late]


def test_all_topics_come_in_one_order(town: Town) -> None:
    start, (first, *_) = end(town), events(town)
    with connect(town.url) as connection:
        connection.execute(
            "INSERT INTO event_warning (event_id, state, due_at, share)"
            " VALUES (%s, 'reported', '2001-01-01', 80)",
            (first,),
        )
        write(connection, first)
        connection.execute(
            "INSERT INTO coverage_version (coverage, valid_from, note)"
            " SELECT coverage, 'infinity', 'new' FROM coverage_version ORDER BY id LIMIT 1"
        )
        connection.commit()
        write(connection, first)
    everything = read_on(town, start, Wanted())
    assert [entry.topic for entry in everything.entries] == [1, 2, 3, 1]
    singly: list[Entry] = []
    cursor, more = start, True
    while more:
        found = read_on(town, cursor, Wanted(), limit=1)
        singly += found.entries
        cursor, more = found.cursor, found.more
    assert singly == everything.entries
    assert [entry.name.partition("-")[0] for entry in singly] == [TOPICS[each - 1] for each in (1, 2, 3, 1)]


def test_only_verbs_that_are_wanted_are_told_and_the_cursor_moves_on_all_the_same(town: Town) -> None:
    start, (first, *_) = end(town), events(town)
    with connect(town.url) as connection:
        write(connection, first)
    found = read_on(town, start, Wanted(("events.dispatch",)))
    assert found.entries == []
    assert found.cursor > start


def test_a_reader_of_an_area_sees_events_of_the_area_alone(town: Town) -> None:
    reader = town.reader("log-street", role="street_administrator", reach="area", area=STREETS[0])
    keys = dict(town.ask("SELECT id, unit_code FROM event"))
    with town.as_reader(reader) as connection:
        seen = log.seen(connection, keys)
    assert set(seen) == {key for key, code in keys.items() if code.startswith(STREETS[0])}
    assert 0 < len(seen) < len(keys)
    assert all(event.facts["id"] == key for key, event in seen.items())
    assert GRIDS[0] in {event.unit_code for event in seen.values()}


def test_a_database_that_comes_to_another_server_begins_another_life(town: Town) -> None:
    """A dump restored elsewhere: its numbers of transactions are not the new server's."""
    start, (first, *_) = end(town), events(town)
    with connect(town.url) as connection:
        before = write(connection, first)
        # As restored: written by a transaction that this server is far from.
        connection.execute("ALTER TABLE event_step DISABLE TRIGGER keep")
        connection.execute("UPDATE event_step SET txid = '900000000000' WHERE id = %s", (before,))
        connection.execute("ALTER TABLE event_step ENABLE TRIGGER keep")
    assert read_on(town, start).entries == []
    with connect(town.url) as connection:
        assert not log.begin_life(connection)
        connection.execute("UPDATE log_life SET server = 'another/1'")
        assert log.begin_life(connection)
        assert not log.begin_life(connection)
    with connect(town.url) as connection:
        after = write(connection, first)
    found = read_on(town, start)
    assert [entry.id for entry in found.entries] == [before, after]
    assert [entry.life for entry in found.entries] == [1, 2]
    with connect(town.url) as connection:
        sources = connection.execute("SELECT count(DISTINCT source), count(*) FROM log_life").fetchall()
    assert sources == [(1, 2)]


def test_it_is_told_since_when_the_log_is_held_up(town: Town) -> None:
    first, second, *_ = events(town)
    with connect(town.url) as slow, connect(town.url) as quick, connect(town.url) as asking:
        write(slow, first)
        write(quick, second)
        quick.commit()
        assert log.held_since(asking) is not None
        slow.rollback()
    until(lambda: _not_held(town))


def _not_held(town: Town) -> bool:
    with session(town.database, SYSTEM) as connection:
        return log.held_since(connection) is None


def test_reading_on_takes_a_range_of_an_index(town: Town) -> None:
    with session(town.database, SYSTEM) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        values: dict[str, Any] = {"topics": [1, 2, 3], "life": 1, "txid": "500", "until_life": 1}
        values |= {"until_txid": "900", "limit": 1000, "row_1": 0, "row_2": 0, "row_3": 0}
        explained = sql.SQL("EXPLAIN ") + sql.SQL(query("spatial.partners", "log_read"))
        plan = "\n".join(line for (line,) in connection.execute(explained, values))
    for table in ("event_step", "event_warning", "coverage_version"):
        assert f"ix_{table}_life_txid_id" in plan
    assert "Index Cond: ((ROW(life, txid, id) > ROW(" in plan


@pytest.mark.parametrize(
    "text",
    ["", "x", "MS4x", "äöü", "MS4xLjIuMy40LjU", "Mi4xLjIuMS40", "MS4tMS4yLjEuNA", "MS4xLjIuOS40", "=" * 90],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no cursor"):
        Cursor.parse(text)


def test_a_cursor_is_read_as_it_was_written() -> None:
    cursor = Cursor(3, 2**63 + 17, EVENTS, 2**62)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (Wanted(()), "topics"),
        (Wanted(("event",)), "topics"),
        (Wanted(("events.fly",)), "topics"),
        (Wanted(("warnings.dispatch",)), "topics"),
        (Wanted(categories=("",)), "categories"),
        (Wanted(units=("99%",)), "units"),
        (Wanted(sources=("phone",)), "sources"),
    ],
)
def test_what_cannot_be_wanted_is_refused(wanted: Wanted, where: str) -> None:
    assert [problem.where for problem in check_wanted(wanted)] == [where]


def test_what_can_be_wanted() -> None:
    wanted = Wanted(("events.report", "events.close", "warnings"), ("01",), (STREETS[0],), ("app",))
    assert check_wanted(wanted) == []
    assert wanted.numbers == [1, 2]
