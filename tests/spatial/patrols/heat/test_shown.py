"""Who may not see single tracks learns nothing of fewer than three people, whatever is asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.database import connect, session
from spatial.errors import Forbidden
from spatial.patrols.grader import grade_dirty
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat import shown
from spatial.patrols.heat.asking import Found, Question, ask
from spatial.patrols.heat.keeping import fold
from spatial.patrols.heat.records import RECORD, Entries
from spatial.patrols.heat.shown import WIDTHS, Part, Pieces, _rows, cut, show
from spatial.types import BBox
from tests.spatial.patrols.heat.conftest import Walked
from tests.spatial.patrols.heat.rounds import (
    MONDAY,
    TODAY,
    WEEKS,
    Round,
    at,
    by_hand,
    cells_of,
    dirty,
    movers_of,
    walk,
)
from tests.spatial.rights.town import COMMUNITIES, DISTRICT, GRIDS, STREETS

LEAST = 3
CURIOUS = ("viewer of the city", "analyst of the city", "field_worker of the city")
Piece = tuple[int, int, str, int]
"""(person, cell of level 0, unit, milliseconds)."""


def parts_by_hand(pieces: Sequence[Piece], least: int) -> dict[tuple[int, int, str], tuple[int, int]]:
    """Cut a week by hand: (level, cell, unit) → people and milliseconds."""
    found, left = {}, list(pieces)
    for level in range(6):
        for width in (15, 12, 9, 6, 0):
            groups = defaultdict(list)
            for piece in left:
                row, column = divmod(piece[1], 2**20)
                cell = (row >> level) * 2**20 + (column >> level)
                groups[level, cell, piece[2][:width]].append(piece)
            left = []
            for key, members in groups.items():
                people = {person for person, *_ in members if person >= 0}
                if len(people) >= least:
                    found[key] = (len(people), sum(ms for *_, ms in members))
                else:
                    left += members
    return found


def test_the_widths_are_those_of_the_levels() -> None:
    from spatial.events.figures.cubes import WIDTHS as OF_GRIDS

    assert tuple(sorted(WIDTHS)) == (0, *OF_GRIDS)


_CODES = ("", "990101001001001", "990101001001002", "990101001002001", "990101002001001")
_PIECE = st.tuples(
    st.integers(-1, 5), st.integers(0, 40), st.integers(0, 40), st.integers(0, 4), st.integers(1, 10**6)
)


@given(st.lists(_PIECE, max_size=60), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_every_part_has_enough_people_and_parts_do_not_overlap(drawn: list[Any], least: int) -> None:
    pieces = [(person, row * 2**20 + column, _CODES[unit], ms) for person, column, row, unit, ms in drawn]
    columns = list(zip(*drawn, strict=True)) or [()] * 5
    person, column, row, unit, ms = (np.array(each, np.int64) for each in columns)
    given_pieces = Pieces(person, lattice.number(column, row), unit, ms)
    found = list(cut(given_pieces, _CODES, least))
    wanted = parts_by_hand(pieces, least)
    assert {(p.level, p.cell, p.unit_code): (p.people, p.ms) for p in found} == wanted
    assert len(found) == len(wanted)
    assert all(part.people >= least for part in found)
    assert sum(part.ms for part in found) <= sum(ms)


def test_a_vehicle_is_nobody() -> None:
    here = np.zeros(3, np.int64)
    pieces = Pieces(np.array([1, 2, -1]), here, here, np.array([5, 5, 5]))
    assert list(cut(pieces, ("",), 3)) == []
    assert list(cut(pieces, ("",), 2)) == [Part(0, 0, "", 2, 15)]


def test_months_of_a_crowd_fit_into_the_records() -> None:
    crowd = Part(2, 77, "", 5000, 3 * 2**32 + 5)
    rows = {row["level"]: row for row in _rows([crowd, Part(0, 3, "", 3, 9)])}
    assert sorted(rows) == list(range(6))
    records = np.frombuffer(rows[2]["entries"], RECORD)
    there = (records["key"] >> np.uint64(24)) == 77
    assert int(records["ms"][there].sum(dtype=np.int64)) == crowd.ms and there.sum() == 4
    assert len(np.frombuffer(rows[0]["entries"], RECORD)) == 1


@pytest.fixture(scope="module")
def weeks(walked: Walked) -> dict[Any, dict[tuple[int, int, str], tuple[int, int]]]:
    """The parts of each week, cut by hand from the raw fixes."""
    with connect(walked.url) as owner:
        raw = by_hand(owner)
    pieces: dict[Any, Counter[tuple[int, int, str]]] = {week: Counter() for week in WEEKS}
    for (mover, day, column, row, _, unit), ms in raw.items():
        week = max((each for each in WEEKS if each <= day), default=None)
        if week is not None:
            pieces[week][mover, row * 2**20 + column, unit or ""] += ms
    return {
        week: parts_by_hand([(*key, ms) for key, ms in found.items()], LEAST)
        for week, found in pieces.items()
    }


def answered(walked: Walked, who: str, since: Any, until: Any, level: int = 0, **more: Any) -> Found:
    reader = walked.readers[who]
    with session(walked.database, reader) as connection:
        return ask(connection, reader, Question(since, until, level, **more), LEAST)


def told(found: Found) -> Counter[int]:
    return Counter(dict(zip(found.cells.tolist(), found.ms.tolist(), strict=True)))


def whole(parts: Sequence[dict[Any, tuple[int, int]]], level: int, unit: str = "") -> Counter[int]:
    """Add up parts by hand, those that are no larger than a cell."""
    found: Counter[int] = Counter()
    for week in parts:
        for (of, cell, code), (_, ms) in week.items():
            if of <= level and code.startswith(unit):
                row, column = divmod(cell, 2**20)
                found[(row >> (level - of)) * 2**20 + (column >> (level - of))] += ms
    return found


def test_the_weeks_were_cut_as_by_hand(walked: Walked, weeks: Any) -> None:
    with connect(walked.url) as owner:
        for week, wanted in weeks.items():
            rows = owner.execute(
                "SELECT level, unit_code, entries FROM heat_shown WHERE first_day = %s", [week]
            ).fetchall()
            found: Counter[tuple[int, int, str, int]] = Counter()
            for level, unit, content in rows:
                entries = Entries.unpacked(content)
                for cell, people, ms in zip(
                    *map(list, (entries.cells, entries.units, entries.ms)), strict=True
                ):
                    found[level, int(cell), unit, int(people)] += int(ms)
            by_level: Counter[tuple[int, int, str, int]] = Counter()
            for level in range(6):
                for (of, cell, unit), (people, ms) in wanted.items():
                    if of <= level:
                        row, column = divmod(cell, 2**20)
                        up = (row >> (level - of)) * 2**20 + (column >> (level - of))
                        by_level[level, up, unit, people] += ms
            assert found == by_level
    # There is something to hide, and something to show.
    assert any(weeks.values())


@pytest.mark.parametrize("who", CURIOUS)
@pytest.mark.parametrize("level", [0, 2, 5, 8])
def test_all_days_together_tell_the_parts(walked: Walked, weeks: Any, who: str, level: int) -> None:
    found = answered(walked, who, at(MONDAY, 0), at(MONDAY + timedelta(21), 0), level)
    assert told(found) == whole(list(weeks.values()), level)
    assert found.least_people == LEAST


def test_whatever_span_is_asked_only_whole_weeks_are_told(walked: Walked, weeks: Any) -> None:
    """No difference of two spans is less than a week's parts: single days and hours cannot be cut out."""
    first = MONDAY - timedelta(3)
    edges = [at(first + timedelta(n), hour) for n in range(27) for hour in ((0,) if n % 4 else (0, 9.5))]
    for since, until in list(combinations(edges, 2))[::3]:
        inside = [w for w in WEEKS if since <= at(w, 0) and at(w + timedelta(7), 0) <= until]
        found = answered(walked, "analyst of the city", since, until, 5)
        assert told(found) == whole([weeks[week] for week in inside], 5), (since, until)


def test_filters_by_people_are_refused(walked: Walked) -> None:
    with connect(walked.url) as owner:
        mover = movers_of(owner)["I0"]
        roads = owner.execute("SELECT id FROM organisation WHERE code = 'roads'").fetchall()[0][0]
    for who in CURIOUS:
        for more in (
            {"movers": (mover,)},
            {"movers": (10**9,)},
            {"organisation": roads},
            {"role": "inspector"},
        ):
            with pytest.raises(Forbidden):
                answered(walked, who, at(MONDAY, 0), at(MONDAY + timedelta(21), 0), **more)


@pytest.mark.parametrize("unit", [DISTRICT, STREETS[0], COMMUNITIES[0], GRIDS[0], GRIDS[5]])
def test_units_and_boxes_choose_among_whole_parts(walked: Walked, weeks: Any, unit: str) -> None:
    """What is left when a unit is taken from the whole is parts again, each of enough people."""
    span = at(MONDAY, 0), at(MONDAY + timedelta(21), 0)
    everything = whole(list(weeks.values()), 0)
    inside = told(answered(walked, "viewer of the city", *span, unit=unit))
    assert inside == whole(list(weeks.values()), 0, unit)
    outside = [
        {key: value for key, value in week.items() if not key[2].startswith(unit)} for week in weeks.values()
    ]
    assert everything - inside == whole(outside, 0)
    for east in np.linspace(116.3045, 116.3055, 9):
        found = told(answered(walked, "viewer of the city", *span, box=BBox(116.0, 39.0, float(east), 40.0)))
        assert all(everything[cell] == ms for cell, ms in found.items())


@pytest.mark.parametrize(
    ("who", "area"),
    [
        ("viewer of street 1", STREETS[0]), ("analyst of street 1", STREETS[0]),
        ("viewer of a grid, roads", GRIDS[7]), ("viewer of water", "-"),
    ],
)  # fmt: skip
def test_readers_of_an_area_are_told_parts_that_lie_in_it(
    walked: Walked, weeks: Any, who: str, area: str
) -> None:
    span = at(MONDAY, 0), at(MONDAY + timedelta(21), 0)
    for level in (0, 3, 6):
        assert told(answered(walked, who, *span, level)) == whole(list(weeks.values()), level, area)


def test_every_cell_that_is_told_had_enough_people(walked: Walked) -> None:
    span = at(MONDAY, 0), at(MONDAY + timedelta(21), 0)
    with connect(walked.url) as owner:
        raw = by_hand(owner)
    for level in (0, 1, 3):
        people = defaultdict(set)
        for mover, _, column, row, _, _ in raw:
            people[(row >> level) * 2**20 + (column >> level)].add(mover)
        found = told(answered(walked, "viewer of the city", *span, level))
        assert all(len(people[cell]) >= LEAST for cell in found)
        complete = cells_of(raw, level)
        for cell, ms in found.items():
            row, column = divmod(cell, 2**20)
            assert 0 < ms <= complete[column, row]


def test_a_higher_number_hides_more_at_once(walked: Walked) -> None:
    reader = walked.readers["viewer of the city"]
    question = Question(at(MONDAY, 0), at(MONDAY + timedelta(21), 0), 5)
    with session(walked.database, reader) as connection:
        sums = [int(ask(connection, reader, question, least).ms.sum()) for least in (3, 4, 5, 50)]
    assert sums == sorted(sums, reverse=True) and sums[0] > sums[-1] == 0


def test_what_comes_late_changes_nothing_that_was_told(walked: Walked) -> None:
    """Whoever asked before and asks again would else see the one who sent late."""
    span = at(MONDAY, 0), at(MONDAY + timedelta(21), 0)
    before = [told(answered(walked, "viewer of the city", *span, level)) for level in (0, 3, 6)]
    with connect(walked.url) as owner:
        mover = movers_of(owner)[f"W{GRIDS[0]}"]
        walk(owner, Round(mover, at(WEEKS[1] + timedelta(3), 18), 116.305, 39.905, 4.0, 4.0))
    grade_dirty(walked.database)
    with connect(walked.url) as owner:
        fold(owner, TODAY)
        assert show(owner, TODAY, LEAST) is None
    assert [told(answered(walked, "viewer of the city", *span, level)) for level in (0, 3, 6)] == before


def test_a_week_is_cut_only_when_phones_had_time_to_send(walked: Walked) -> None:
    with connect(walked.url) as owner:
        owner.execute("DELETE FROM heat_shown")
        owner.execute("UPDATE heat_block SET shown_at = NULL WHERE first_day < %s", [TODAY])
        end = WEEKS[0] + timedelta(7)
        assert show(owner, end + timedelta(1), LEAST) is None
        assert show(owner, end + timedelta(2), LEAST) == WEEKS[0]
        assert show(owner, end + timedelta(2), LEAST) is None
        owner.rollback()


def test_the_tables_of_people_are_closed_to_the_curious(walked: Walked) -> None:
    for who in ("viewer of the city", "analyst of the city", "viewer of street 1"):
        with session(walked.database, walked.readers[who]) as connection:
            assert connection.execute("SELECT count(*) FROM heat").fetchall() == [(0,)]


def uncut(owner: Any) -> None:
    """Let the weeks wait to be cut, with everything graded."""
    owner.execute("DELETE FROM heat_shown")
    owner.execute("DELETE FROM track_dirty")
    owner.execute("UPDATE heat_block SET shown_at = NULL WHERE first_day < %s", [TODAY])


def test_a_week_waits_until_all_its_days_are_graded(walked: Walked) -> None:
    """What is cut stays: of a backlog, after an outage, it would be nearly nothing for ever."""
    with connect(walked.url) as owner:
        uncut(owner)
        mover = movers_of(owner)["I0"]
        day = WEEKS[1] + timedelta(6)
        dirty(owner, mover, [day])
        owner.execute("UPDATE track_dirty SET since = now() - interval '9 days'")
        assert [show(owner, TODAY, LEAST) for _ in WEEKS] == [WEEKS[0], WEEKS[2], None]
        owner.execute(
            "UPDATE heat_block SET held_at = now() - interval '9 days' WHERE first_day = %s", [WEEKS[1]]
        )
        assert show(owner, TODAY, LEAST) is None
        owner.execute("DELETE FROM track_dirty")
        assert [show(owner, TODAY, LEAST) for _ in range(2)] == [WEEKS[1], None]
        owner.rollback()


def test_a_day_that_cannot_be_graded_does_not_hold_its_week_for_ever(walked: Walked) -> None:
    with connect(walked.url) as owner:
        uncut(owner)
        dirty(owner, movers_of(owner)["I0"], [WEEKS[0]])
        owner.execute("UPDATE track_dirty SET since = now() + interval '40 minutes'")
        assert [show(owner, TODAY, LEAST) for _ in WEEKS] == [*WEEKS[1:], None]
        ago = "UPDATE heat_block SET held_at = held_at - interval '47 hours' WHERE held_at IS NOT NULL"
        assert owner.execute(ago).rowcount == 1
        assert show(owner, TODAY, LEAST) is None
        # Something else has come in the meantime, and will be graded soon.
        dirty(owner, movers_of(owner)["I1"], [WEEKS[0]])
        owner.execute("UPDATE heat_block SET held_at = held_at - interval '2 hours'")
        assert show(owner, TODAY, LEAST) is None
        owner.execute("DELETE FROM track_dirty WHERE since <= now()")
        assert show(owner, TODAY, LEAST) == WEEKS[0]
        owner.rollback()


def test_cut_area_by_area_the_parts_are_the_same(walked: Walked, monkeypatch: pytest.MonkeyPatch) -> None:
    def parts(owner: Any) -> list[Any]:
        uncut(owner)
        while show(owner, TODAY, LEAST):
            pass
        return owner.execute("SELECT * FROM heat_shown ORDER BY 1, 2, 3").fetchall()

    with connect(walked.url) as owner:
        whole_city = parts(owner)
        areas = list[Any]()
        monkeypatch.setattr("spatial.patrols.heat.areas.AREA_OCTETS", 1)
        monkeypatch.setattr(shown, "ROWS", 1)
        real = shown._area
        monkeypatch.setattr(shown, "_area", lambda *given: areas.append(given[2]) or real(*given))
        assert parts(owner) == whole_city and whole_city
        assert len(areas) > 2 * len(WEEKS)
        owner.rollback()
