"""Every fix is an operation that can be sent as it is, and that ends the issue without making another."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import shape

from grid_editor.base import Base
from grid_editor.checks import check, check_all
from grid_editor.checks.issues import Fix, Issue
from grid_editor.facts import NO_FACTS, Facts, Nested
from grid_editor.operations import parse
from grid_editor.state import State
from spatial.geometry.arcs import build_arcs
from spatial.grids.units import Coverage
from tests.grid_editor.checks.test_checks import (
    APART,
    AT_A_POINT,
    HOLLOW,
    RING,
    THIN,
    THIN_PART,
)
from tests.grid_editor.drawings import (
    CELL_M2,
    ROW,
    box,
    facts,
    place,
    points,
    redrawn,
    state,
    thing,
    unit,
)


def within() -> State:
    micro = Coverage(
        "micro", "微网格", "Micro", "social", ("micro_grid",), "local", 0.0, within="grids", within_level=3,
        complete=False,
    )  # fmt: skip
    shapes = [place(box(0, 0, 1, 1)), place(box(1, 0, 2.25, 1))]
    return State(Base.compile(micro, 1, [unit("m", 1, "g1"), unit("n", 1, "g2")], build_arcs(shapes)))


CASES: dict[str, tuple[State, Facts]] = {
    "not_contiguous": (state(APART), NO_FACTS),
    "point_touch": (state(AT_A_POINT), NO_FACTS),
    "hole": (state(RING), NO_FACTS),
    "gap": (state(HOLLOW), NO_FACTS),
    "sliver": (state(THIN), NO_FACTS),
    "sliver of a part": (state(THIN_PART), NO_FACTS),
    "too_small": (
        state({**ROW, "c": box(2, 0, 2.2, 1)}, limits={"min_area_m2": CELL_M2 / 2}),
        NO_FACTS,
    ),
    "too_few_events": (
        state(ROW, limits={"events": [1, 9]}),
        facts(points={"events_year": points((0.5, 0.5), (1.5, 0.5))}),
    ),
    "crosses_building": (state(ROW), facts(buildings=(thing("7", box(0.8, 0.2, 1.1, 0.4)),))),
    "nested_outside": (
        redrawn(state(ROW), state({**ROW, "a": box(0, 0, 0.75, 1), "b": box(0.75, 0, 2, 1)})),
        facts(nested=(Nested("micro", "m", "m1", "小区", "code-a", place(box(0.5, 0, 1, 1))),)),
    ),
    "outside_parent": (
        within(),
        facts(parents={"g1": place(box(0, 0, 1, 1)), "g2": place(box(1, 0, 2, 1))}),
    ),
    "unnamed": (state(ROW, values={"b": {"name": ""}}), NO_FACTS),
    "duplicate_name": (state(ROW, values={"b": {"name": "名a"}}), NO_FACTS),
    "no_duty_person": (
        state(ROW, values={"a": {"people": ((1, "leader"),)}}),
        facts(staffed=frozenset({"code-c"})),
    ),
}
"""What is checked with which facts, by rule."""


def applied(given: State, fix: Fix) -> State:
    return given.apply(parse(dict(fix.operation)).change(given))


@pytest.mark.parametrize("case", CASES)
def test_a_fix_ends_its_issue_and_makes_no_other(case: str) -> None:
    given, ground = CASES[case]
    before = check_all(given, ground)
    wanted = [issue for issue in before if issue.rule == case.split(" ")[0]]
    assert wanted
    for issue in wanted:
        assert issue.fixes
        for fix in issue.fixes:
            after = check_all(applied(given, fix), ground)
            assert issue.id not in {each.id for each in after}
            made = [each for each in after if each.id not in {was.id for was in before}]
            assert {each.rule for each in made} <= {"grown", "given_up", "too_few_events"}, made


def test_a_fix_keeps_every_square_metre() -> None:
    given = state(HOLLOW)
    issue: Issue = next(each for each in check(given, {"a"}, NO_FACTS) if each.rule == "gap")
    after = applied(given, issue.fixes[0])
    taker = issue.fixes[0].operation["to"]
    whole = shapely.union(given.polygon(taker), shape(issue.fixes[0].operation["polygon"]))
    assert shapely.equals(after.polygon(taker), whole)
