"""Changes as values, and states that are a version with a change over it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grid_editor.change import Change, Piece, UnitValue
from grid_editor.pieces import canonical, canonical_ring, from_arcs
from grid_editor.state import State
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.geometry.arcs import build_arcs, build_polygons
from tests.grid_editor.cities import SOUTH, STEP, WEST, at, box, chessboard, do, nano, path, shape, uid

PIECES = [Piece.of([(0, 0), (i + 1, 5)], "a", "b") for i in range(6)]


def value(unit: str, name: str) -> UnitValue:
    return UnitValue(unit, 1, None, None, name, "", False)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Draw changes after one another, each of which fits what the ones before have made."""
    pieces, units = set(PIECES[:3]), {"u": value("u", "0"), "v": value("v", "0")}
    changes = []
    for step in range(draw(st.integers(1, 5))):
        gone = draw(st.sets(st.sampled_from(sorted(pieces)))) if pieces else set()
        come = draw(st.sets(st.sampled_from(PIECES))) - pieces
        pieces = (pieces - gone) | come
        was, now = dict(units), dict(units)
        for id in draw(st.sets(st.sampled_from(["u", "v", "w"]))):
            if id in now and draw(st.booleans()):
                del now[id]
            else:
                now[id] = value(id, str(draw(st.integers(0, 2))) if id in was else str(step))
        units = now
        changes.append(Change.between(gone, come, was.values(), now.values()))
    return changes


@given(histories())
@settings(max_examples=200, deadline=None)
def test_changes_compose_in_any_grouping_and_come_apart(changes: list[Change]) -> None:
    left = Change()
    for change in changes:
        left = left.then(change)
    right = Change()
    for change in reversed(changes):
        right = change.then(right)
    assert left == right
    assert left.then(left.inverse()) == Change()
    assert left.inverse().inverse() == left
    assert Change.from_json(json.loads(json.dumps(left.to_json()))) == left


def test_a_unit_that_comes_and_goes_leaves_no_trace() -> None:
    born = Change.between(after=[value("u", "new")])
    assert born.then(born.inverse()) == Change()
    renamed = Change.between(before=[value("u", "new")], after=[value("u", "newer")])
    assert born.then(renamed) == Change.between(after=[value("u", "newer")])
    assert (born.born, born.inverse().retired) == ({"u"}, {"u"})


def test_json_of_another_format_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Change.from_json({"format": 99})


def test_a_piece_runs_canonically_whichever_way_it_is_given() -> None:
    line = np.array([(5, 5), (3, 9), (1, 1)])
    assert canonical(line, "a", "b") == canonical(line[::-1], "b", "a") == Piece.of(line[::-1], "b", "a")
    ring = np.array([(5, 5), (1, 9), (1, 1), (5, 5)])
    turned = canonical_ring(ring, "a", "b")
    assert turned.points.tolist() == [[1, 1], [5, 5], [1, 9], [1, 1]]
    assert turned.sides == ("a", "b")
    assert canonical_ring(ring[::-1], "b", "a") == turned
    assert turned.ends == ((1, 1), (1, 1))


def test_a_state_answers_as_its_arcs_and_polygons_do() -> None:
    state = do(chessboard(), "split", unit="g1-1", line=path((0.5, 1.5), (2.5, 1.5)))
    ids = sorted(unit.id for unit in state.units(4))
    shapes = [state.polygon(id) for id in ids]
    arcs = build_arcs(shapes)
    assert {*from_arcs(arcs, ids)} == {*state.pieces()}
    assert all(a.equals(b) for a, b in zip(build_polygons(arcs, len(ids)), shapes, strict=True))
    for id in ids:
        assert {*state.pieces_of(id)} == {piece for piece in state.pieces() if id in piece.sides}
    for piece in state.pieces():
        assert piece in state.pieces_at(piece.ends[0])
        assert state.has(piece)
    assert not any(state.has(piece) for piece in state.change.removed)


def test_what_lies_where() -> None:
    state = do(chessboard(), "cut", unit="g1-1", polygon=box(1.25, 1.25, 1.75, 1.75), reason="lake")
    assert state.unit_at(nano(0.5, 0.5)) == uid("g0-0")
    assert state.unit_at(nano(1.5, 1.5)) == ""
    assert state.unit_at(nano(9, 9)) == ""
    assert state.unit_at(nano(1, 0.5)) == min(uid("g0-0"), uid("g1-0"))
    tiny = (*nano(1.4, 1.4), *nano(1.6, 1.6))
    assert state.units_in(tiny) == {uid("g1-1")}
    assert state.pieces_in(tiny) == []
    edge = (*nano(1.2, 1.4), *nano(1.3, 1.6))
    assert [piece.sides for piece in state.pieces_in(edge)] == [("", uid("g1-1"))]
    assert state.base.bounds == (WEST, SOUTH, WEST + 4 * STEP, SOUTH + 4 * STEP)


def test_neighbours_share_an_edge_and_are_of_the_same_level() -> None:
    state = chessboard()
    assert state.neighbours(uid("g1-1")) == {uid(code) for code in ("g0-1", "g2-1", "g1-0", "g1-2")}
    assert state.neighbours(uid("c1")) == {uid("c0"), uid("c2")}
    assert state.neighbours(uid("d")) == frozenset()


def test_the_tree_is_that_of_the_change() -> None:
    state = do(chessboard(), "migrate", units=["g1-1"], parent="c2")
    assert uid("g1-1") in state.children(uid("c2"))
    assert uid("g1-1") not in state.children(uid("c1"))
    assert state.children("") == (uid("d"),)
    assert len(state.base_units_of(uid("s1"))) == 9
    assert state.ancestor(uid("g1-1"), 2) == state.unit(uid("s1"))
    assert state.units_by_code["g1-1"] == state.unit_by_code("g1-1")
    with pytest.raises(NotFound):
        state.unit("nobody")


def test_a_neighbourhood_is_the_units_and_a_ring_around_them() -> None:
    patch = chessboard().neighbourhood([uid("g1-1")])
    assert patch.touched == {uid("g1-1")}
    assert [unit.code for unit in patch.units] == sorted(
        (f"g{i}-{j}" for i in range(3) for j in range(3)), key=uid
    )
    rebuilt = build_polygons(patch.arcs, len(patch.units))
    assert all(a.equals(b) for a, b in zip(rebuilt, patch.polygons, strict=True))
    assert chessboard().neighbourhood(["nobody"]).units == ()


def test_a_change_fits_only_where_nothing_else_has_changed() -> None:
    begun = chessboard()
    split = do(begun, "split", unit="g1-1", line=path((0.5, 1.5), (2.5, 1.5)))
    moved = do(begun, "move_vertex", at=at(1, 1), to=at(1.1, 1))
    elsewhere = do(begun, "move_vertex", at=at(3, 3), to=at(3.1, 3))
    with pytest.raises(Conflict, match="have changed in the meantime: 'g"):
        split.apply(moved.change)
    with pytest.raises(Conflict, match="'g"):
        split.apply(split.change)
    named = do(begun, "rename", unit="g1-1", name="x")
    with pytest.raises(Conflict, match="x"):
        named.apply(do(begun, "rename", unit="g1-1", name="y").change)
    both = split.apply(elsewhere.change)
    assert both.change == elsewhere.apply(split.change).change


def test_undo_gives_the_published_shapes_again() -> None:
    begun = chessboard()
    moved = do(begun, "move_vertex", at=at(1, 1), to=at(1.5, 1.5))
    assert shape(moved, "g0-0").area > 1
    back = moved.apply(moved.change.inverse())
    assert shape(back, "g0-0").equals(shapely.box(0, 0, 1, 1))
    assert State(begun.base) == back
