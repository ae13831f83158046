"""Totals of all people are exactly what their rows add up to, whatever comes when; and for nobody else."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from psycopg import sql

from spatial.database import Database, connect, query, session
from spatial.patrols.archive.erasing import from_database
from spatial.patrols.heat import summing, totals
from spatial.patrols.heat.blocks import block_of
from spatial.patrols.heat.keeping import ROOM
from spatial.patrols.heat.records import RECORD, Entries
from spatial.patrols.heat.summing import sum_up
from spatial.patrols.heat.verify import Difference, verify
from tests.patience import until
from tests.spatial.patrols.heat.rounds import MONDAY, at
from tests.spatial.patrols.heat.sums import (
    CHIEF,
    CODES,
    COLUMN,
    DAYS,
    PEOPLE,
    ROW,
    PowerCut,
    Sums,
    anyhow,
    people,
)

END = MONDAY + timedelta(100)
SPAN = (at(MONDAY, 0), at(MONDAY + timedelta(30), 0))
FOUR_WEEKS = block_of(MONDAY + timedelta(10), 28).first
AREA = replace(CHIEF, role="street_administrator", reach="area", area=CODES[0][:9])


@pytest.fixture
def sums(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[Sums]:
    with make_city(people) as url:
        database = Database(as_app(url), pool_size=3)
        database.open()
        yield Sums(url, database)
        database.close()


@pytest.fixture(scope="module")
def shared(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[Sums]:
    """Thirty days of everybody, added up; tests change it, and know by hand what it has."""
    with make_city(people) as url:
        database = Database(as_app(url), pool_size=3)
        database.open()
        sums, dice = Sums(url, database), random.Random(3)
        with connect(url) as owner:
            for mover in sums.movers:
                for day in range(30):
                    sums.walk(dice, mover, MONDAY + timedelta(day), owner)
        assert sums.fold(END) > 3
        yield sums
        database.close()


@pytest.fixture
def summed(shared: Sums) -> Iterator[Sums]:
    """The city with totals that nothing has come to since."""
    shared.query(
        "UPDATE heat_summed AS s SET made_at = NULL WHERE EXISTS (SELECT FROM heat_late AS l"
        " WHERE l.day >= s.first_day AND l.day < s.first_day + s.days) RETURNING 1"
    )
    shared.total(END)
    assert shared.query("SELECT count(*) FROM heat_late") == [(0,)]
    assert shared.check(*SPAN) > 0
    yield shared
    assert shared.check(*SPAN) > 0


_FRESH = count(1)


def stir(sums: Sums, day: int = 0, mover: int = 0) -> None:
    """Change a day that totals are kept of."""
    sums.put(sums.movers[mover], MONDAY + timedelta(day), [(COLUMN, ROW, 3, 1, next(_FRESH))])
    assert sums.query("SELECT count(*) > 0 FROM heat_late") == [(True,)]


def differences(sums: Sums) -> list[Difference]:
    """Let blocks and totals be checked; days here come from no fixes."""
    with connect(sums.url) as owner:
        found = verify(owner, MONDAY - timedelta(60), END)
    return [each for each in found if each.mover is None or each.block.days > 1]


def read_by_row(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note of which blocks rows are read in the place of totals."""
    from spatial.patrols.heat import asking

    seen, real = list[Any](), asking._sizes
    monkeypatch.setattr(asking, "_sizes", lambda *given: seen.extend(given[-1]) or real(*given))
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_in_whatever_order_things_come_answers_are_the_sum_of_the_rows(
    sums: Sums, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Days, late days, deletions, blocks, totals (whole, or cut off, or with changes in the middle)."""
    dice = random.Random(seed)
    today = MONDAY + timedelta(20)
    monkeypatch.setattr(summing, "REST", timedelta(0) if seed % 2 else summing.REST)
    monkeypatch.setattr(totals, "MOST_LATE", 2000 if seed == 3 else totals.MOST_LATE)
    real, used = summing._summed, 0

    def disturbed(*given: Any) -> Entries:
        what = dice.random()
        if what < 0.1:
            raise PowerCut
        if what < 0.3:
            sums.walk(
                dice, dice.choice(sums.movers), given[1].first + timedelta(dice.randrange(given[1].days))
            )
        if what < 0.35 and len(sums.movers) > 3:
            sums.remove(dice.choice(sums.movers))
        return real(*given)

    monkeypatch.setattr(summing, "_summed", disturbed)
    for step in range(70):
        what = dice.random()
        if what < 0.5:
            for _ in range(5):
                sums.walk(dice, dice.choice(sums.movers), MONDAY + timedelta(dice.randrange(DAYS)))
        elif what < 0.6:
            sums.fold(today)
        elif what < 0.85:
            sums.interrupted(today)
        elif what < 0.9 and len(sums.movers) > 3:
            sums.remove(dice.choice(sums.movers))
        elif what < 0.95:
            sums.hire(f"n{step}")
        else:
            today += timedelta(dice.randrange(12))
        since, to, more = anyhow(dice)
        used += sums.check(since, to, **more) > 0
    assert used > 20
    monkeypatch.setattr(summing, "_summed", real)
    sums.fold(END)
    sums.total(END)
    assert sums.query("SELECT count(*) > 20, bool_and(made_at IS NOT NULL) FROM heat_summed") == [
        (True, True)
    ]
    assert sums.check(at(MONDAY, 0), at(END, 0)) > 0
    assert differences(sums) == []


def test_totals_are_what_is_read(summed: Sums, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of days with hours, and of days without totals, the rows; of all else the totals."""
    seen = read_by_row(monkeypatch)
    summed.check(*SPAN)
    summed.check(*SPAN, level=8, unit=CODES[0][:9])
    assert seen == []
    summed.check(at(MONDAY, 9), at(MONDAY + timedelta(29), 17), level=2)
    assert seen == [0, 1]
    summed.put(summed.movers[0], MONDAY + timedelta(30), [(COLUMN, ROW, 3, 1, 60_000)])
    seen.clear()
    summed.check(at(MONDAY, 0), at(MONDAY + timedelta(31), 0), level=2)
    assert len(seen) == 1
    summed.put(summed.movers[0], MONDAY + timedelta(30), [])


@pytest.mark.parametrize("level", range(6))
def test_a_box_reads_its_pieces_and_no_others(summed: Sums, level: int) -> None:
    window = {"west": COLUMN >> level, "north": ROW >> level, "east": COLUMN >> level, "south": ROW >> level}
    values = {"level": level, "by_unit": False, **window, "places": [0], "days": [28], "firsts": [FOUR_WEEKS]}
    with session(summed.database, CHIEF) as connection:
        found = connection.execute(query(ROOM, "totals_read"), values, binary=True).fetchall()
    with connect(summed.url) as owner:
        pieces = owner.execute(
            "SELECT west, north, east, south FROM heat_total WHERE level = %s AND NOT by_unit AND days = 28"
            " AND first_day = %s",
            (level, FOUR_WEEKS),
        ).fetchall()
    assert sum(sign == 1 for _, sign, _ in found) == 1 <= len(pieces)
    assert len(pieces) > 2 or level > 0
    for west, north, east, south in pieces:
        assert west >> summing.TILE_BITS == east >> summing.TILE_BITS
        assert north >> summing.TILE_BITS == south >> summing.TILE_BITS


def test_a_cell_has_more_time_than_a_record_holds(sums: Sums) -> None:
    for mover in sums.movers:
        sums.put(mover, MONDAY, [(COLUMN, ROW, 3, 1, 3_000_000_000)])
    assert sums.total(END) == 1
    entries = [row[0] for row in sums.query("SELECT entries FROM heat_total WHERE level = 0")]
    assert [len(each) // RECORD.itemsize for each in entries] == [5, 5]
    assert sums.check(at(MONDAY, 0), at(MONDAY + timedelta(1), 0)) == PEOPLE * 3_000_000_000
    sums.put(sums.movers[0], MONDAY, [])
    assert sums.check(at(MONDAY, 0), at(MONDAY + timedelta(1), 0)) == (PEOPLE - 1) * 3_000_000_000
    assert differences(sums) == []


def test_a_deleted_mover_leaves_the_totals_at_once(summed: Sums) -> None:
    before = summed.check(*SPAN)
    summed.remove(summed.movers[0])
    assert summed.check(*SPAN) < before
    summed.query("UPDATE heat_summed SET made_at = made_at - interval '30 days' RETURNING 1")
    assert summed.total(END) > 20
    assert summed.query("SELECT count(*) FROM heat_late") == [(0,)]
    summed.check(*SPAN)


def test_an_erased_mover_is_in_no_sum_and_in_no_note(summed: Sums) -> None:
    """From that moment on, and not from when totals are made anew; the others' time is all there."""
    gone = summed.movers[2]
    stir(summed, 3, 2)
    with connect(summed.url) as owner:
        from_database(owner, gone)
    summed.forget(lambda key: key[0] == gone)
    assert summed.query("SELECT count(*) FROM heat_late") == [(0,)]
    assert summed.query("SELECT count(*) FROM heat_total") == [(0,)], "they walked on all days"
    assert summed.check(*SPAN) > 0
    assert summed.total(END) > 20
    assert summed.check(*SPAN) > 0
    assert differences(summed) == []


def test_what_comes_late_has_totals_made_anew_but_not_again_and_again(
    summed: Sums, monkeypatch: pytest.MonkeyPatch
) -> None:
    summed.query("UPDATE heat_summed SET made_at = now() RETURNING 1")
    assert summed.total(END) == 0
    for mover in range(2):
        stir(summed, 1, mover)
        assert summed.total(END) == 0
        summed.check(*SPAN)
    summed.query("UPDATE heat_summed SET made_at = made_at - interval '31 minutes' RETURNING 1")
    assert summed.total(END) == 1
    owed = summed.query("SELECT DISTINCT owed FROM heat_late")
    assert owed == [([7, 28],)]
    monkeypatch.setattr(summing, "MANY", 1)
    assert summed.total(END) == 2
    assert summed.query("SELECT count(*) FROM heat_late") == [(0,)]
    summed.check(*SPAN)


def test_so_many_changes_that_the_rows_are_less(summed: Sums, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = read_by_row(monkeypatch)
    stir(summed)
    summed.check(*SPAN)
    assert seen == []
    monkeypatch.setattr(totals, "MOST_LATE", 0)
    summed.check(*SPAN)
    assert len(seen) == 1


def test_totals_that_go_in_between_are_not_missed(summed: Sums, monkeypatch: pytest.MonkeyPatch) -> None:
    real = totals.read

    def gone(*given: Any) -> Any:
        summed.query("DELETE FROM heat_summed RETURNING 1")
        return real(*given)

    monkeypatch.setattr(totals, "read", gone)
    assert summed.check(*SPAN) > 0
    monkeypatch.undo()
    seen = read_by_row(monkeypatch)
    assert summed.check(*SPAN) > 0 and seen


# Rights


SOMEBODY = {
    "a street": AREA,
    "a commander of an area": replace(AREA, role="commander"),
    "a district administrator of a unit": replace(AREA, role="district_administrator"),
    "a viewer": replace(CHIEF, role="viewer"),
    "an analyst": replace(CHIEF, role="analyst"),
    "a field worker": replace(CHIEF, role="field_worker"),
    "an administrator of an organisation": replace(AREA, reach="organisation", area=None, organisation_id=1),
}


@pytest.mark.parametrize("who", SOMEBODY)
@pytest.mark.parametrize("table", ["heat_total", "heat_late", "heat_summed"])
def test_nobody_else_reads_a_total(summed: Sums, who: str, table: str) -> None:
    reader = SOMEBODY[who]
    stir(summed)
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    with session(summed.database, CHIEF) as connection:
        assert connection.execute(statement).fetchall()[0][0] > 0
    with session(summed.database, reader) as connection:
        assert connection.execute(statement).fetchall() == [(0,)]


def test_no_total_is_in_an_answer_for_anybody_else(summed: Sums) -> None:
    """Totals full of lies change none."""

    def answers() -> list[list[int]]:
        readers = SOMEBODY.values()
        return [summed.ask(reader, *SPAN, level).ms.tolist() for reader in readers for level in (0, 3)]

    before, truth = answers(), summed.ask(CHIEF, *SPAN, 3).ms.tolist()
    assert before[0] and before[0] != truth
    with lies(summed):
        assert summed.ask(CHIEF, *SPAN, 3).ms.tolist() != truth
        assert answers() == before


def test_of_single_people_no_total_is_read(summed: Sums) -> None:
    questions: list[dict[str, Any]] = [
        {"movers": tuple(summed.movers)}, {"role": "person"}, {"role": "grid_worker"}, {"organisation": 1},
    ]  # fmt: skip
    before = [summed.ask(CHIEF, *SPAN, **each).ms.sum() for each in questions]
    assert before[0] > 0
    with lies(summed):
        assert [summed.ask(CHIEF, *SPAN, **each).ms.sum() for each in questions] == before


@contextmanager
def lies(sums: Sums) -> Iterator[None]:
    """Let all totals say that everybody was in one place."""
    told = sums.query("SELECT entries FROM heat_total WHERE level = 0 LIMIT 1")[0][0][:12]
    with connect(sums.url) as owner:
        assert owner.execute("UPDATE heat_total SET entries = %s", (told,)).rowcount > 0
    yield
    sums.query("UPDATE heat_summed SET made_at = NULL RETURNING 1")
    sums.total(END)


# Several at once


@contextmanager
def beside(work: Callable[[], Any]) -> Iterator[list[Any]]:
    """Let something happen in another thread; its results afterwards."""
    done = list[Any]()
    thread = threading.Thread(target=lambda: done.append(work()))
    thread.start()
    yield done
    thread.join()


def waiting(sums: Sums) -> bool:
    return bool(sums.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))


def test_a_change_that_commits_between_adding_up_and_storing_is_not_lost(
    summed: Sums, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both a change to what was read already, and one to what is read next."""
    real, at_work = summing._put, list[Any]()

    def changed(connection: Any, block: Any, *rest: Any) -> None:
        if not at_work:
            at_work.append(block)
            stir(summed, max(0, (block.first - MONDAY).days))
            summed.remove(summed.movers[1])
            summed.check(*SPAN)
        real(connection, block, *rest)
        summed.check(*SPAN)

    monkeypatch.setattr(summing, "_put", changed)
    summed.query("DELETE FROM heat_total RETURNING 1")
    summed.query("DELETE FROM heat_summed RETURNING 1")
    assert summed.total(END) >= 37 and at_work
    assert summed.query("SELECT count(*) > 0 FROM heat_late") == [(True,)]
    summed.check(*SPAN)
    assert differences(summed) == []


@pytest.mark.parametrize("what", ["a day", "a mover that goes"])
def test_whoever_begins_to_keep_totals_waits_for_changes_that_have_not_ended(sums: Sums, what: str) -> None:
    first, other = sums.movers[:2]
    sums.put(first, MONDAY, [(COLUMN, ROW, 3, 1, 1000)])
    sums.put(other, MONDAY, [(COLUMN, ROW, 3, 1, 10)])
    with connect(sums.url) as grader:
        if what == "a day":
            sums.put(first, MONDAY, [(COLUMN + 1, ROW, 4, 2, 2000)], grader)
        else:
            grader.execute("DELETE FROM mover WHERE id = %s", (first,))
            sums.forget(lambda key: key[0] == first)
        with beside(lambda: sums.total(END)) as made:
            until(lambda: waiting(sums))
            grader.commit()
    assert made == [1]
    assert sums.check(at(MONDAY, 0), at(MONDAY + timedelta(1), 0)) == (2010 if what == "a day" else 10)
    assert sums.query("SELECT count(*) FROM heat_late") == [(0,)]


def test_two_makers_do_not_meet(summed: Sums, monkeypatch: pytest.MonkeyPatch) -> None:
    summed.query("UPDATE heat_summed SET made_at = NULL RETURNING 1")
    real, second = summing._put, list[int]()

    def put(*given: Any) -> None:
        second.append(summed.total(END))
        real(*given)

    monkeypatch.setattr(summing, "_put", put)
    assert summed.total(END) >= 37
    assert set(second) == {0}
    summed.check(*SPAN)


def test_a_maker_that_is_killed_leaves_what_was_there(summed: Sums, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection is cut off after it has stored a part; the next one goes on."""
    summed.query("UPDATE heat_summed SET made_at = NULL WHERE days = 28 RETURNING 1")
    stir(summed)
    before = summed.query("SELECT count(*), sum(octet_length(entries)) FROM heat_total")
    real = summing._put

    def cut(connection: Any, *rest: Any) -> None:
        real(connection, *rest)
        summed.query(f"SELECT pg_terminate_backend({connection.info.backend_pid})")

    monkeypatch.setattr(summing, "_put", cut)
    with pytest.raises(psycopg.OperationalError), connect(summed.url) as owner:
        sum_up(owner, END)
    summed.check(*SPAN)
    assert summed.query("SELECT count(*), sum(octet_length(entries)) FROM heat_total") == before
    monkeypatch.undo()
    until(lambda: summed.total(END) == 2)
    summed.check(*SPAN)


# The checker, and how it is read


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE heat_total SET entries = substr(entries, 13)"
        " WHERE level = 3 AND days = 7 AND length(entries) > 12",
        "UPDATE heat_total SET east = west WHERE level = 0 AND days = 28 AND east > west",
        "DELETE FROM heat_total WHERE level = 5 AND days = 1 AND by_unit",
        "DELETE FROM heat_late",
        "UPDATE heat_late SET owed = '{1}'",
    ],
)
def test_the_checker_finds_what_was_touched(summed: Sums, damage: str) -> None:
    stir(summed)
    with connect(summed.url) as owner:
        span = (MONDAY - timedelta(60), END)
        assert [each for each in verify(owner, *span) if each.mover is None] == []
        assert owner.execute(damage).rowcount > 0  # type: ignore[arg-type]
        found = [each for each in verify(owner, *span) if each.mover is None]
        assert found
        owner.rollback()


@pytest.mark.parametrize("name", ["totals_sizes", "totals_read"])
def test_totals_are_found_by_their_keys(summed: Sums, name: str) -> None:
    stir(summed)
    window = {"west": 0, "north": 0, "east": 1 << 20, "south": 1 << 20}
    values = {"level": 3, "by_unit": False, **window, "places": [0], "days": [7], "firsts": [MONDAY]}
    with session(summed.database, CHIEF) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        rows = connection.execute("EXPLAIN " + query(ROOM, name), values).fetchall()  # type: ignore[arg-type]
    plan = "\n".join(row[0] for row in rows)
    assert "pk_heat_total" in plan and "ix_heat_late_level_day" in plan and "pk_heat_summed" in plan
    assert "Seq Scan" not in plan and "mover" not in plan
