"""Figures from the cubes against plain counting in Python, whatever happens and whoever asks."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection
from psycopg.errors import LockNotAvailable

from spatial.database import Database, connect, session
from spatial.events.figures.asking import figures, last_day
from spatial.events.figures.cubes import CUBES, NONE, Asked, cube_for
from spatial.events.figures.keeping import fold, rebuild
from spatial.events.figures.measures import MEASURES, NAMES, counted, rates
from spatial.events.figures.tickets import tickets
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.events.figures.counting import SHANGHAI, SPAN, change, check, drawn, put, read_facts
from tests.spatial.rights.people import hire
from tests.spatial.rights.town import build


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_the_events_whatever_happens(fresh_town: Connection[Any], seed: int) -> None:
    dice, facts = random.Random(seed), read_facts(fresh_town)
    put(fresh_town, [drawn(dice, facts) for _ in range(120)], "x")
    for _ in range(30):
        change(fresh_town, dice, facts, "x")
        if dice.random() < 0.3:
            fold(fresh_town, dice.randint(1, 400))
        if dice.random() < 0.3:
            with fresh_town.transaction(force_rollback=True):
                change(fresh_town, dice, facts, "x")
    used = check(fresh_town, SYSTEM_OF_CITY, dice, facts)
    fold(fresh_town)
    assert fresh_town.execute("SELECT count(*) FROM figure_change").fetchall() == [(0,)]
    used |= check(fresh_town, SYSTEM_OF_CITY, dice, facts)
    assert used >= {None, *(cube.number for cube in CUBES)} - {7}


SYSTEM_OF_CITY = Reader(None, "analyst", "analyst", "analyst")


def test_two_who_write_at_a_time_and_one_who_folds(make_city: Callable[..., Any]) -> None:
    """Rolled-back work leaves nothing, and what is folded meanwhile is counted once."""
    with make_city(build) as url:
        stop = threading.Event()
        failures: list[Exception] = []

        def guarded(work: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                try:
                    work()
                except Exception as error:
                    failures.append(error)

            return run

        def write(name: str) -> Callable[[], None]:
            def work() -> None:
                dice = random.Random(name)
                with connect(url) as connection:
                    facts = read_facts(connection)
                    put(connection, [drawn(dice, facts) for _ in range(50)], name)
                    connection.commit()
                    for _ in range(40):
                        change(connection, dice, facts, name)
                        connection.rollback() if dice.random() < 0.3 else connection.commit()

            return guarded(work)

        def folding() -> None:
            while not stop.is_set():
                with connect(url) as connection:
                    fold(connection, 150)

        writers = [threading.Thread(target=write(name)) for name in ("a", "b")]
        folder = threading.Thread(target=guarded(folding))
        for thread in (*writers, folder):
            thread.start()
        for thread in writers:
            thread.join()
        stop.set()
        folder.join()
        assert failures == []
        with connect(url) as owner:
            check(owner, SYSTEM_OF_CITY, random.Random(1), read_facts(owner))


def test_making_them_anew_changes_nothing(fresh_town: Connection[Any]) -> None:
    dice, facts = random.Random(9), read_facts(fresh_town)
    put(fresh_town, [drawn(dice, facts) for _ in range(80)], "x")
    fold(fresh_town)
    text = (
        "SELECT cube, basis, day, unit_code, organisation_id, source, category, worker_id, reported, closed,"
        " returns FROM figure ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
    )
    before = fresh_town.execute(text).fetchall()
    rebuild(fresh_town)
    assert fresh_town.execute(text).fetchall() == before
    fresh_town.execute("ALTER TABLE event_step DISABLE TRIGGER keep")
    fresh_town.execute("TRUNCATE event CASCADE")
    assert fresh_town.execute("SELECT count(*) FROM figure").fetchall() == [(0,)]


def test_every_reader_counts_the_events_that_they_may_read(
    town_url: str, as_app: Callable[[str], str]
) -> None:
    """From cubes or from events: what is added up shows no more and no less than the rows."""
    with connect(town_url) as owner:
        dice, facts = random.Random(3), read_facts(owner)
        put(owner, [drawn(dice, facts) for _ in range(300)], "seen")
        fold(owner, 500)
        staff = {name: reader for name, (reader, _) in hire(owner).items()}
    database = Database(as_app(town_url), pool_size=2)
    database.open()
    try:
        used = set()
        for reader in staff.values():
            with session(database, reader) as connection:
                used |= check(connection, reader, dice, facts)
        assert {None, 6, 7} <= used
    finally:
        database.close()


@pytest.mark.parametrize("basis", [0, 1])
def test_the_tickets_behind_a_number_are_as_many(fresh_town: Connection[Any], basis: int) -> None:
    dice, facts = random.Random(5), read_facts(fresh_town)
    put(fresh_town, [drawn(dice, facts) for _ in range(200)], "x")
    for by in ("unit", "organisation", "source", "category", "class", "person"):
        asked = Asked(date(2026, 2, 1), date(2026, 4, 1), by, "all", basis, level=3)  # type: ignore[arg-type]
        for cell in figures(fresh_town, asked, SYSTEM).cells[:6]:
            name = {"class": "class_code"}.get(by, by)
            narrowed = replace(asked, **{name: cell.key or NONE})
            for measure in counted(basis):
                found = tickets(fresh_town, narrowed, measure, limit=1000)
                times = MEASURES[measure].times
                assert (found["times"] if times else found["count"]) == cell.counts[measure], (asked, measure)
                assert len(found["tickets"]) == found["count"]


def test_tickets_come_in_pages(fresh_town: Connection[Any]) -> None:
    dice, facts = random.Random(5), read_facts(fresh_town)
    put(fresh_town, [drawn(dice, facts) for _ in range(57)], "x")
    asked, seen, before = Asked(*SPAN), [], None
    while True:
        page = tickets(fresh_town, asked, "reported", limit=10, before=before)
        seen += [row["id"] for row in page["tickets"]]
        before = page["before"]
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == page["count"]


def test_shortly_before_midnight_events_of_tomorrow_are_known() -> None:
    """A report may be minutes ahead: the month that holds it is not that up to today."""
    evening = datetime(2026, 6, 15, 23, 58, tzinfo=SHANGHAI)
    assert last_day(evening - timedelta(minutes=10)) == date(2026, 6, 15)
    assert last_day(evening) == date(2026, 6, 16)
    asked = Asked(date(2026, 1, 1), date(2026, 6, 16), "unit", "month", level=4)
    assert cube_for(asked, SYSTEM_OF_CITY, date(2026, 6, 15)) == CUBES[1]
    assert cube_for(asked, SYSTEM_OF_CITY, last_day(evening)) is None


def test_whoever_makes_figures_anew_waits_for_whoever_folds(
    make_city: Callable[..., Any],
) -> None:
    """The lock of folding comes first: else each would wait for what the other holds."""
    with make_city(build) as url, connect(url) as folder, connect(url) as other:
        put(folder, [drawn(random.Random(1), read_facts(folder)) for _ in range(20)], "x")
        folder.commit()
        fold(folder, 3)
        other.execute("SET lock_timeout = '200ms'")
        other.commit()
        with pytest.raises(LockNotAvailable):
            rebuild(other)
        other.rollback()
        # Nothing of events is held meanwhile.
        other.execute("LOCK TABLE event IN EXCLUSIVE MODE NOWAIT")
        other.rollback()
        folder.commit()
        rebuild(other)
        other.commit()
        check(other, SYSTEM_OF_CITY, random.Random(1), read_facts(other))


def test_rates_say_what_they_are_of() -> None:
    counts = dict.fromkeys(NAMES, 0) | {"reported": 8, "accepted": 6, "filed": 5, "on_time": 3, "late": 1}
    found = rates(counts, 0)
    assert found["on_time_rate"] == {"rate": 0.75, "of": 3, "among": 4}
    assert found["acceptance_rate"] == {"rate": 0.75, "of": 6, "among": 8}
    assert found["closing_rate"]["rate"] == 0.0
    assert found["valid_rate"] == {"rate": None, "of": 0, "among": 0}
    assert set(rates(counts, 1)) == {"valid_rate", "on_time_rate"}
