"""The second engine finds what the first one must never do."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely

from grid_editor.base import Base
from grid_editor.change import Change, Piece
from grid_editor.pieces import canonical
from grid_editor.proof import prove, prove_all
from grid_editor.state import State
from spatial.geometry.arcs import build_arcs
from tests.grid_editor.cities import about, chessboard, do, nano, path, place, uid, unit


def border(state: State, one: str, other: str) -> Piece:
    """The arc between two grids."""
    (found,) = (piece for piece in state.pieces() if {*piece.sides} == {uid(one), uid(other)})
    return found


def bent(state: State, *course: tuple[float, float]) -> Change:
    """Give the border between g1-1 and g2-1 another course, without asking anybody."""
    old = border(state, "g1-1", "g2-1")
    line = [old.points[0].tolist(), *(nano(*point) for point in course), old.points[-1].tolist()]
    return Change.between([old], [canonical(line, *old.sides)])


def rules(state: State, change: Change, meant: set[str] | None = None) -> set[str]:
    return {flaw.rule for flaw in prove(state, state.apply(change), change, meant)}


def test_what_is_well_done_is_proved() -> None:
    assert rules(chessboard(), bent(chessboard(), (2.2, 1.5))) == set()
    assert prove_all(chessboard()) == []


@pytest.mark.parametrize(
    "course",
    [
        [(2.4, 1.2), (2.4, 1.8), (2.2, 1.8), (2.6, 1.5)],
        [(2.2, 0.8)],
        [(2.5, 2), (2.2, 1.8)],
        [(3, 1.5)],
    ],
    ids=["crosses itself", "crosses a third", "touches a third", "touches the far side"],
)
def test_a_wrong_course_is_found(course: list[tuple[float, float]]) -> None:
    flaws = prove(chessboard(), chessboard().apply(bent(chessboard(), *course)), bent(chessboard(), *course))
    assert flaws
    assert {flaw.rule for flaw in flaws} <= {"invalid", "coverage"}
    assert all(flaw.units and 116 < flaw.lon < 117 for flaw in flaws)
    assert "border" in flaws[0].sentence(chessboard())


def test_a_neighbour_without_the_node_is_found() -> None:
    """The bug of topological editors: the line ends in the middle of the neighbour's edge."""
    state = chessboard()
    split = do(state, "split", unit="g1-1", line=path((0.5, 1.5), (2.5, 1.5))).change
    west = border(state, "g0-1", "g1-1")
    halves = [piece for piece in split.added if uid("g0-1") in piece.sides]
    naive = State(state.base).apply(split)
    shapes = {unit.id: naive.polygon(unit.id) for unit in naive.units(4)}
    shapes[uid("g0-1")] = state.polygon(uid("g0-1"))
    assert len(halves) == 2
    assert west in split.removed
    assert not shapely.coverage_is_valid(list(shapes.values()))


def test_lost_ground_is_found_where_nothing_was_to_be_lost() -> None:
    """A border that moves is well formed, but a split does not move borders of others."""
    change = bent(chessboard(), (2.2, 1.5))
    assert rules(chessboard(), change, {uid("g1-1")}) == {"bystander"}
    longer = bent(chessboard(), (2, 1.5))
    assert rules(chessboard(), longer, set()) == set()


def test_a_gap_between_two_units_is_found_as_lost_area() -> None:
    """Two borders in the place of one are a valid coverage, for a coverage may have holes."""
    state = chessboard()
    old = border(state, "g1-1", "g2-1")
    ends = old.points[0].tolist(), old.points[-1].tolist()
    west = canonical([ends[0], nano(1.9, 1.5), ends[1]], uid("g1-1"), "")
    east = canonical([ends[0], nano(2.1, 1.5), ends[1]], "", uid("g2-1"))
    change = Change.between([old], [west, east])
    after = state.apply(change)
    assert prove(state, after, change) == []
    assert after.polygon(uid("c1")).area < state.polygon(uid("c1")).area


def test_a_hole_that_has_collapsed_to_a_line_is_found() -> None:
    old = border(chessboard(), "g1-1", "g2-1")
    sides = [(old.left, ""), ("", old.right)]
    change = Change.between([old], [canonical(old.points.tolist(), *pair) for pair in sides])
    flaws = prove(chessboard(), chessboard().apply(change), change)
    assert {flaw.rule for flaw in flaws} == {"doubled"}
    assert "would fall into one" in flaws[0].sentence(chessboard())


def test_a_whole_coverage_is_proved() -> None:
    torn = chessboard().apply(bent(chessboard(), (2.2, 0.8)))
    assert {flaw.rule for flaw in prove_all(torn)} == {"invalid"}
    touching = chessboard().apply(bent(chessboard(), (2.5, 1)))
    assert {flaw.rule for flaw in prove_all(touching)} <= {"invalid", "coverage"}
    old = border(chessboard(), "g1-1", "g2-1")
    middle = nano(2, 1.5)
    cut = [Piece.of([old.points[0], middle], *old.sides), Piece.of([middle, old.points[-1]], *old.sides)]
    halved = chessboard().apply(Change.between([old], cut))
    assert {flaw.rule for flaw in prove_all(halved)} == {"normal_form"}


def test_a_broken_tree_is_found() -> None:
    state = chessboard()
    grid = state.unit(uid("g1-1"))
    orphan = state.apply(Change.between(before=[grid], after=[replace(grid, parent=uid("s1"))]))
    assert {flaw.rule for flaw in prove_all(orphan)} == {"parent"}
    doubled = state.apply(Change.between(before=[grid], after=[replace(grid, code="g0-0")]))
    (flaw,) = prove_all(doubled)
    assert (flaw.rule, set(flaw.units)) == ("code", {uid("g0-0"), uid("g1-1")})
    hollow = state.apply(Change.between(after=[unit(3, "new", "s0")]))
    assert {flaw.rule for flaw in prove_all(hollow)} == {"empty"}


def test_a_unit_without_ground_is_found() -> None:
    units = [unit(1, "a", None), unit(1, "b", None)]
    base = Base.compile(about(True, ("grid",)), 1, units, build_arcs([place(shapely.box(0, 0, 1, 1))]))
    assert [(flaw.rule, flaw.units) for flaw in prove_all(State(base))] == [("empty", (uid("b"),))]
