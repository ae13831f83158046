"""Gaps of the duty list on a board: for whom, how many at once, and by the same pools as dispatch."""

from __future__ import annotations

import pytest

from spatial.errors import Forbidden, InvalidInput
from spatial.events.dispatch.facts import Line, Person
from spatial.events.dispatch.plans import Plan, pools_of
from spatial.people.duty_gaps import MOST_ASKED, gaps
from spatial.rights.reader import Reader
from tests.spatial.events.dispatch.boards import DISTRICT, GRID_CODES, MONDAY_NOON, chain_of, dispatcher

CHIEF = Reader(1, "chief", "chief", "district_administrator")
FIRST = GRID_CODES[0]
PEOPLE = [
    Person(1, 9, FIRST), Person(2, 9, GRID_CODES[-1]), Person(3, 8, FIRST), Person(4, 9, None, on_duty=False),
    Person(5, 9, FIRST[:9]),
]  # fmt: skip
LINES = [
    Line(1, FIRST, "", 9, anybody=True), Line(2, DISTRICT, "01", 9, anybody=True),
    Line(3, GRID_CODES[1], "", 7, anybody=True), Line(4, FIRST, "02", 9, worker_id=2),
]  # fmt: skip


def test_pools_hold_whom_every_line_finds_by_itself() -> None:
    board = dispatcher(LINES, PEOPLE)
    pools = pools_of(LINES, board.people)
    assert {line: list(members) for line, members in pools.items()} == {1: [1, 4, 5], 2: [1, 2, 4, 5], 3: []}
    for grid in GRID_CODES:
        ups = board.rules.line_ups({"grids": chain_of(grid)}, "01")
        seats = [
            [(seat.line.id, seat.person) for seat in plan.seats]
            for plan in (Plan.of(ups, board.people), Plan.of(ups, board.people, pools))
        ]
        assert seats[0] == seats[1]


def test_gaps_are_asked_by_few_and_of_so_many_grids_and_classes() -> None:
    board = dispatcher(LINES, PEOPLE)
    found = list(gaps(board, CHIEF, ["01", "03"], MONDAY_NOON))
    assert {(each["class"], each["gap"]) for each in found} == {("03", "nobody"), ("03", "organisation_only")}
    assert {each["unit_code"] for each in found} == set(GRID_CODES) - {FIRST}
    many = [f"{number:05d}" for number in range(MOST_ASKED // len(GRID_CODES) + 1)]
    with pytest.raises(InvalidInput, match="too many"):
        list(gaps(board, CHIEF, many, MONDAY_NOON))
    for role in ("viewer", "analyst", "field_worker"):
        with pytest.raises(Forbidden):
            list(gaps(board, Reader(1, "r", "r", role), ["01"], MONDAY_NOON))
