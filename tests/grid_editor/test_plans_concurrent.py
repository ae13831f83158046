"""Plans of several people over one coverage, in any order: no ground is lost and none is given twice."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from grid_editor import operations
from grid_editor.base import Base
from grid_editor.change import OUTSIDE, Change, Piece, UnitValue
from grid_editor.conflicts import Unsettled, compare, merge_values, rebase
from grid_editor.packing import pack, unpack
from grid_editor.parts import difference, parts_of
from grid_editor.proof import prove_all
from grid_editor.state import State
from spatial.errors import CitygridError, InvalidInput
from tests.grid_editor.cities import box, chessboard, do, path
from tests.grid_editor.random_edits import cities, edits, payload


def drafted(state: State, steps: list) -> State:
    """Do random operations; those that are refused are passed over."""
    for step in steps:
        try:
            change = operations.parse(payload(state, step)).change(state)
        except CitygridError:
            continue
        state = state.apply(change)
    return state


def published(state: State, version: int) -> Base:
    return Base.of_pieces(state.base.about, version, list(state.units()), tuple(sorted(state.pieces())))


def ground(state: State) -> float:
    return sum(state.polygon(unit.id).area for unit in state.units(state.base.depth))


def moves_the_outer_border(change: Change) -> bool:
    """Only then may the whole of the ground be another."""
    return any(OUTSIDE in piece.sides for piece in (*change.removed, *change.added))


@settings(deadline=None, max_examples=60)
@given(cities(), st.lists(edits(1, 5), min_size=2, max_size=4), st.data())
def test_concurrent_plans_never_lose_or_duplicate_an_area(
    city: State, drafts: list, data: st.DataObject
) -> None:
    # What is in force was proved; GEOS takes a hole that touches its shell in a corner of the city amiss.
    assume(not prove_all(city))
    plans = [drafted(city, steps) for steps in drafts]
    newest = city.base
    for number, plan in enumerate(data.draw(st.permutations(plans)), start=2):
        allowed: set[str] = set()
        try:
            laid = rebase(plan.change, city.base, newest)
            event("nothing touches")
        except Unsettled as clash:
            choices = {each.id: data.draw(st.sampled_from(["mine", "theirs"])) for each in clash.clashes}
            laid = rebase(plan.change, city.base, newest, choices)
            event("chosen")
            # Choices, each good by itself, may leave a parent without children: the proof refuses that.
            allowed = {"empty", "parent"}
        flaws = prove_all(laid)
        assert {flaw.rule for flaw in flaws} <= allowed, flaws
        if flaws:
            event("refused by the proof")
            continue
        if not any(moves_the_outer_border(each.change) for each in plans):
            assert ground(laid) == pytest.approx(ground(city), rel=1e-6)
        newest = published(laid, number)


@settings(deadline=None, max_examples=60)
@given(cities(), edits(1, 8), st.randoms(use_true_random=False))
def test_parts_make_the_change_in_any_order_and_one_by_one(city: State, steps: list, random) -> None:
    assume(not prove_all(city))
    change = drafted(city, steps).change
    parts = parts_of(change)
    random.shuffle(parts)
    state = city
    for part in parts:
        state = state.apply(part)
        flaws = prove_all(state)
        assert {flaw.rule for flaw in flaws} <= {"empty", "parent"}, flaws
    assert state.change == change


@settings(deadline=None, max_examples=60)
@given(cities(), edits(1, 6))
def test_a_change_is_packed_and_unpacked_and_found_again_between_versions(city: State, steps: list) -> None:
    plan = drafted(city, steps)
    assert unpack(pack(plan.change)) == plan.change
    assert pack(unpack(pack(plan.change))) == pack(plan.change)
    assert difference(city.base, published(plan, 2)) == plan.change


def test_two_plans_that_grow_into_the_same_ground_outside_are_a_conflict() -> None:
    city = chessboard(complete=False)
    boxes = {"东一": (3.5, 0.2, 4.4, 0.9), "东二": (3.5, 1.1, 4.4, 1.8), "东三": (4.0, 0.3, 4.2, 1.7)}
    drawn = {
        name: do(city, "draw", name=name, parent="c1", polygon=box(*edges)) for name, edges in boxes.items()
    }
    first, beside, across = drawn.values()
    new = published(first, 2)
    assert not compare(beside.change, city.base, new).clashes
    (clash,) = compare(across.change, city.base, new).clashes
    for choice in ("mine", "theirs"):
        laid = rebase(across.change, city.base, new, {clash.id: choice})
        assert prove_all(laid) == []
        assert ("东三" in {unit.name for unit in laid.units()}) == (choice == "mine")


def test_the_same_values_by_two_people_are_nothing_new_and_the_same_border_is_a_conflict() -> None:
    city = chessboard()
    grid = city.unit_by_code("g1-1")
    assert grid is not None
    renamed = do(city, "rename", unit=grid.id, name="新")
    assert rebase(renamed.change, city.base, published(renamed, 2)).change == Change()
    moved = do(city, "reshape", unit=grid.id, line=path((1, 1.2), (1.3, 1.5), (1, 1.8)))
    new = published(moved, 2)
    (clash,) = compare(moved.change, city.base, new).clashes
    assert rebase(moved.change, city.base, new, {clash.id: "theirs"}).change == Change()
    assert rebase(moved.change, city.base, new, {clash.id: "mine"}).change == Change()
    with pytest.raises(InvalidInput):
        rebase(moved.change, city.base, new, {clash.id: "both"})


def test_names_of_conflicts_do_not_change_when_they_are_looked_at_again() -> None:
    city = chessboard()
    unit = next(city.units(3))
    mine, theirs = (do(city, "rename", unit=unit.id, name=name) for name in ("甲", "乙"))
    new = published(theirs, 2)
    first, second = (compare(mine.change, city.base, new).clashes for _ in range(2))
    assert [each.id for each in first] == [each.id for each in second]


def test_fields_are_merged_one_by_one() -> None:
    unit = UnitValue("1", 3, "c", "p", "name", "", True)
    renamed = UnitValue("1", 3, "c", "p", "新", "", True)
    moved = UnitValue("1", 3, "c", "q", "name", "", True)
    assert merge_values(unit, renamed, moved) == UnitValue("1", 3, "c", "q", "新", "", True)
    assert merge_values(unit, renamed, UnitValue("1", 3, "c", "p", "別", "", True)) is None
    assert merge_values(unit, renamed, renamed) == renamed


def test_parts_stay_together_where_they_must() -> None:
    line = Piece.of([[0, 0], [10, 0]], "a", "b")
    other = Piece.of([[0, 0], [5, 5], [10, 0]], "a", "b")
    far = Piece.of([[100, 0], [110, 0]], "a", "b")
    farther = Piece.of([[100, 0], [105, 5], [110, 0]], "a", "b")
    change = Change.between([line, far], [other, farther])
    assert sorted(parts_of(change), key=repr) == sorted(
        [Change.between([line], [other]), Change.between([far], [farther])], key=repr
    )
    born = UnitValue("b", 3, None, None, "b", "", False)
    assert len(parts_of(Change.between([line, far], [other, farther], after=[born]))) == 1


def test_two_lines_that_cross_without_sharing_an_arc_are_found() -> None:
    """One bends the western border of a grid far into it, the other its eastern border beyond that."""
    city = chessboard()
    west, east = city.unit_by_code("g1-1"), city.unit_by_code("g1-1")
    assert west is not None and east is not None
    mine = do(city, "reshape", unit=west.id, line=path((1, 1.2), (1.8, 1.5), (1, 1.8)))
    theirs = do(city, "reshape", unit=east.id, line=path((2, 1.2), (1.2, 1.5), (2, 1.8)))
    assert not {*mine.change.removed} & {*theirs.change.removed}
    new = published(theirs, 2)
    (clash,) = compare(mine.change, city.base, new).clashes
    for choice in ("mine", "theirs"):
        assert prove_all(rebase(mine.change, city.base, new, {clash.id: choice})) == []


def test_two_borders_that_meet_inside_one_unit_are_a_conflict() -> None:
    """Neither plan touches an arc of the other, and together they would cross."""
    city, unit = chessboard(), chessboard().unit_by_code("g1-1")
    assert unit is not None
    west = do(city, "reshape", unit=unit.id, line=path((1, 1.2), (1.8, 1.5), (1, 1.8)))
    east = do(city, "reshape", unit=unit.id, line=path((2, 1.2), (1.2, 1.5), (2, 1.8)))
    (clash,) = compare(west.change, city.base, published(east, 2)).clashes
    for choice in ("mine", "theirs"):
        assert prove_all(rebase(west.change, city.base, published(east, 2), {clash.id: choice})) == []


def test_a_border_that_needs_the_room_another_one_makes_goes_with_it() -> None:
    city = chessboard()
    unit = city.unit_by_code("g1-1")
    assert unit is not None
    bulged = do(city, "reshape", unit=unit.id, line=path((1, 1.2), (1.8, 1.5), (1, 1.8)))
    base = published(bulged, 2)
    back = do(State(base), "reshape", unit=unit.id, line=path((1, 1.2), (1, 1.8)))
    after = do(back, "reshape", unit=unit.id, line=path((2, 1.2), (1.2, 1.5), (2, 1.8)))
    assert len(parts_of(after.change)) == 1
