"""Operations on whole units, on single borders, and on what units are called."""

from __future__ import annotations

import pytest
import shapely

from grid_editor.base import Base
from grid_editor.change import UnitValue
from grid_editor.operations import parse
from grid_editor.proof import prove_all
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.geometry.arcs import build_arcs
from tests.grid_editor.cities import (
    about,
    at,
    box,
    chessboard,
    do,
    flat,
    named,
    path,
    place,
    shape,
    uid,
    unit,
)
from tests.grid_editor.test_operations_on_areas import grids, kept, refused

# Merge


def test_merged_units_lose_the_border_between_them_and_nodes_that_are_none_any_more() -> None:
    state = kept(do(chessboard(2, 2), "merge", units=["g0-0", "g0-1"]))
    (survivor,) = (unit for unit in state.units(4) if unit.parent == uid("c0"))
    assert len(state.pieces_of(survivor.id)) == 3
    assert state.polygon(survivor.id).equals(
        shapely.coverage_union_all([chessboard(2, 2).polygon(uid(code)) for code in ("g0-0", "g0-1")])
    )


def test_a_merge_around_an_enclave_leaves_it() -> None:
    lake = shapely.Polygon([(1.5, 0.4), (2, 0.4), (2.5, 0.4), (2.5, 0.6), (2, 0.6), (1.5, 0.6)])
    halves = {code: shapely.box(x, 0, x + 1, 1).difference(lake) for code, x in (("a", 1), ("b", 2))}
    state = kept(do(flat({**halves, "lake": lake}), "merge", units=["a", "b"], into="a"))
    assert shape(state, "a").equals(shapely.box(1, 0, 3, 1).difference(lake))
    (border,) = state.pieces_of(uid("lake"))
    assert border.ends[0] == border.ends[1]
    assert border.sides == (uid("lake"), uid("a"))


def test_a_merge_with_the_enclave_leaves_no_trace_of_it() -> None:
    lake = shapely.box(1.25, 1.25, 1.75, 1.75)
    before = flat({"a": shapely.box(1, 1, 2, 2).difference(lake), "lake": lake})
    state = kept(do(before, "merge", units=["a", "lake"], into="a"))
    assert shape(state, "a").equals(shapely.box(1, 1, 2, 2))
    assert state.change.added == ()


def test_a_merge_that_leaves_units_touching_in_a_point_keeps_the_node() -> None:
    state = kept(do(chessboard(2, 2), "merge", units=["g0-0", "g1-1"], into="g0-0"))
    assert len(shapely.get_parts(shape(state, "g0-0"))) == 2
    assert len(state.pieces_at((116_310_000_000, 39_910_000_000))) == 4


def test_units_of_different_parents_need_the_one_that_stays() -> None:
    assert list(refused(chessboard(), "merge", units=["g0-0", "g1-0"])) == ["into"]
    state = kept(do(chessboard(), "merge", units=["g0-0", "g1-0"], into="g1-0"))
    assert shape(state, "c1").area == pytest.approx(5)
    assert "two different" in refused(chessboard(), "merge", units=["g0-0", "g0-0"])["units"]
    assert "one level" in refused(chessboard(), "merge", units=["g0-0", "c0"])["units"]


def test_merged_communities_keep_all_their_grids_apart() -> None:
    state = kept(do(chessboard(), "merge", units=["c0", "c1"], into="c0"))
    assert grids(state) == 16
    assert state.change.reshaped == frozenset()
    assert shape(state, "c0").equals(shapely.box(0, 0, 2, 4))
    assert state.unit_by_code("c1") is None


def test_the_last_grid_of_a_community_cannot_leave_it() -> None:
    state = chessboard(4, 1)
    assert "'c1\"" in refused(state, "merge", units=["g0-0", "g1-0"], into="g0-0")["units"]
    assert "without any area" in refused(state, "migrate", units=["g1-0"], parent="c0")["units"]


# Retire


def test_a_retired_unit_leaves_its_area_to_another() -> None:
    state = kept(do(chessboard(), "retire", unit="g1-1", to="g1-2"))
    assert shape(state, "g1-2").equals(shapely.box(1, 1, 2, 3))
    assert state.change.retired == {uid("g1-1")}
    assert "to" in refused(chessboard(), "retire", unit="g1-1")
    assert refused(chessboard(), "retire", unit="g1-1", to="g1-1") == {"to": "is the unit itself"}


def test_where_gaps_are_allowed_a_unit_may_leave_one() -> None:
    state = kept(do(chessboard(complete=False), "retire", unit="g1-1"))
    assert shape(state, "c1").area == pytest.approx(3)
    edge = kept(do(chessboard(complete=False), "retire", unit="g0-1"))
    assert shape(edge, "d").area == pytest.approx(15)
    assert "still has units below it" in refused(chessboard(complete=False), "retire", unit="c1")["to"]


def test_a_retired_community_leaves_its_grids_to_another() -> None:
    state = kept(do(chessboard(), "retire", unit="c1", to="c2"))
    assert shape(state, "c2").equals(shapely.box(1, 0, 3, 4))
    assert shape(state, "s0").equals(shapely.box(0, 0, 1, 4))


# Migrate


def test_a_migrated_grid_takes_the_borders_of_all_above_along() -> None:
    state = kept(do(chessboard(), "migrate", units=["g1-1"], parent="c2"))
    assert state.change.removed == ()
    assert shape(state, "c2").equals(shapely.box(2, 0, 3, 4).union(shapely.box(1, 1, 2, 2)))
    assert shape(state, "s1").area == pytest.approx(9)


def test_a_migration_may_break_the_old_parent_apart() -> None:
    """It is shown as an issue by the checks; islands are normal."""
    state = kept(do(chessboard(), "migrate", units=["g1-1"], parent="c2"))
    assert len(shapely.get_parts(shape(state, "c1"))) == 2


def test_a_community_migrates_with_all_its_grids() -> None:
    state = kept(do(chessboard(), "migrate", units=["c1"], parent="s1"))
    assert shape(state, "s1").equals(shapely.box(1, 0, 4, 4))
    assert "right above" in refused(chessboard(), "migrate", units=["c1"], parent="c2")["parent"]
    assert "already" in refused(chessboard(), "migrate", units=["c1"], parent="s0")["parent"]
    assert "the whole" in refused(chessboard(), "migrate", units=["d"], parent="s0")["units"]


# Split above the base units


def test_a_community_splits_along_its_grids() -> None:
    by_members = kept(do(chessboard(), "split", unit="c1", members=["g1-2", "g1-3"], names=["北社区"]))
    new = named(by_members, "北社区")
    assert (new.level, new.parent, new.code) == (3, uid("s0"), None)
    assert set(by_members.children(new.id)) == {uid("g1-2"), uid("g1-3")}
    by_line = kept(
        do(chessboard(), "split", unit="c1", line=path((0.5, 2.2), (2.5, 2.2)), keeps=at(1.5, 0.5))
    )
    moved = set(by_line.children(next(iter(by_line.change.born))))
    assert moved == {uid("g1-3"), uid("g1-2")}


def test_a_community_cannot_give_all_or_what_is_not_its_own() -> None:
    assert "right below" in refused(chessboard(), "split", unit="c1", members=["g2-2"])["members"]
    all_of_it = [f"g1-{i}" for i in range(4)]
    assert "nothing would be left" in refused(chessboard(), "split", unit="c1", members=all_of_it)["members"]


# Borders


def test_a_moved_node_takes_all_its_units_along() -> None:
    state = kept(do(chessboard(), "move_vertex", at=at(1, 1), to=at(1.2, 1.1)))
    assert len(state.change.added) == 4
    assert shape(state, "g0-0").area > 1 > shape(state, "g1-1").area


def test_a_vertex_is_found_within_a_metre() -> None:
    lon, lat = at(1, 1)
    state = do(chessboard(), "move_vertex", at=[lon + 5e-6, lat], to=at(1.2, 1.1))
    assert state.change
    assert (
        "no border has a vertex" in refused(chessboard(), "move_vertex", at=at(1, 1.5), to=at(1.1, 1.5))["at"]
    )
    assert (
        "no border within a metre" in refused(chessboard(), "move_vertex", at=at(1.5, 1.5), to=at(1, 1))["at"]
    )


@pytest.mark.parametrize(("x", "y"), [(2.5, 1.5), (1, 3.5), (2.2, 2.2)])
def test_a_vertex_cannot_be_dragged_across_other_borders(x: float, y: float) -> None:
    reasons = refused(chessboard(), "move_vertex", at=at(1, 1), to=at(x, y))
    assert "would cross or touch" in reasons["to"]


def test_a_vertex_cannot_be_dragged_onto_another_or_onto_a_border() -> None:
    assert "another vertex" in refused(chessboard(), "move_vertex", at=at(1, 1), to=at(2, 1))["to"]
    assert "cross or touch" in refused(chessboard(), "move_vertex", at=at(1, 1), to=at(2, 1.5))["to"]


def test_a_vertex_goes_in_and_out_again() -> None:
    begun = chessboard()
    state = kept(do(begun, "insert_vertex", at=at(1, 1.5)))
    assert grids(state) == 16
    bent = kept(do(state, "move_vertex", at=at(1, 1.5), to=at(1.1, 1.5)))
    assert shape(bent, "g0-1").area == pytest.approx(1.05)
    assert kept(do(state, "remove_vertex", at=at(1, 1.5))).change == begun.change
    assert "already" in refused(state, "insert_vertex", at=at(1, 1.5))["at"]
    assert "borders meet" in refused(state, "remove_vertex", at=at(1, 1))["at"]


def test_the_first_vertex_of_a_closed_border_can_be_removed_and_moved() -> None:
    lake = shapely.Polygon([(1.2, 1.2), (1.7, 1.2), (1.8, 1.8), (1.2, 1.7)])
    begun = flat({"a": shapely.box(1, 1, 2, 2).difference(lake), "lake": lake})
    state = kept(do(begun, "remove_vertex", at=at(1.2, 1.2)))
    assert shape(state, "lake").area < lake.area
    assert "no area" in refused(state, "remove_vertex", at=at(1.7, 1.2))["at"]
    moved = kept(do(begun, "move_vertex", at=at(1.2, 1.2), to=at(1.4, 1.5)))
    assert shape(moved, "a").union(shape(moved, "lake")).area == pytest.approx(1)


def test_a_border_takes_a_new_course_in_either_direction() -> None:
    course = [(2, 1), (2.2, 1.4), (1.9, 1.6), (2, 2)]
    one = kept(do(chessboard(), "move_border", at=at(2, 1.5), line=path(*course)))
    other = kept(do(chessboard(), "move_border", at=at(2, 1.5), line=path(*course[::-1])))
    assert one.change == other.change
    assert shape(one, "s0").area > 8
    assert (
        "two ends" in refused(chessboard(), "move_border", at=at(2, 1.5), line=path((2, 1), (2, 3)))["line"]
    )


def test_a_new_course_may_not_cross_others() -> None:
    through = path((2, 1), (3.5, 1.5), (2, 2))
    assert "cross or touch" in refused(chessboard(), "move_border", at=at(2, 1.5), line=through)["line"]
    loop = path((2, 1), (2.4, 1.5), (2.4, 1.2), (2.1, 1.6), (2, 2))
    assert refused(chessboard(), "move_border", at=at(2, 1.5), line=loop) == {
        "line": "the line crosses itself"
    }


def test_an_enclave_gets_a_new_border_anywhere_in_the_unit_around_it() -> None:
    lake = shapely.box(1.25, 1.25, 1.5, 1.5)
    begun = flat({"a": shapely.box(1, 1, 2, 2).difference(lake), "lake": lake})
    ring = path((1.6, 1.6), (1.6, 1.9), (1.9, 1.9), (1.6, 1.6))
    state = kept(do(begun, "move_border", at=at(1.25, 1.4), line=ring))
    assert shape(state, "lake").area == pytest.approx(0.045)
    outside = path((2.6, 1.6), (2.9, 1.9), (2.6, 1.9), (2.6, 1.6))
    assert "line" in refused(begun, "move_border", at=at(1.25, 1.4), line=outside)


# What units are called


def test_values_change_without_any_border() -> None:
    state = do(chessboard(), "rename", unit="g1-1", name="新名", name_en="")
    state = do(state, "recode", unit="g1-1", code="new-code")
    state = kept(do(state, "assign", unit="new-code", people=[[7, "worker"], [3, "leader"], [7, "worker"]]))
    found = state.unit_by_code("new-code")
    assert found is not None
    assert (found.name, found.name_en, found.people) == ("新名", "", ((3, "leader"), (7, "worker")))
    assert state.unit_by_code("g1-1") is None
    assert "'g0-0\"" in refused(state, "recode", unit="g1-2", code="g0-0")["code"]
    assert "code" in refused(state, "recode", unit="g1-2", code="no spaces allowed")
    assert refused(state, "rename", unit="new-code", name="新名") == {"op": "this changes nothing"}


# Composed coverages


def school(complete: bool = False) -> State:
    """Two catchments over a chessboard of four grids; the last grid is in none unless it must be."""
    base = chessboard(2, 2).base
    members = {uid("g0-0"): uid("A"), uid("g0-1"): uid("A"), uid("g1-0"): uid("B")}
    if complete:
        members[uid("g1-1")] = uid("B")
    areas = [unit(1, "A", None), unit(1, "B", None)]
    special = about(complete, ("school_area",), composed_of="grids")
    return State(Base.composed(special, 3, areas, members, base))


def test_an_area_is_what_its_grids_are() -> None:
    assert kept(school()).base.depth == 2
    assert shape(school(), "A").equals(shapely.box(0, 0, 1, 2))
    state = kept(do(school(), "compose", unit="B", add=["g1-1", "g0-1"]))
    assert shape(state, "B").area == pytest.approx(3)
    assert state.neighbours(uid("A")) == {uid("B")}
    assert shape(do(state, "compose", unit="B", remove=["g1-1"]), "B").area == pytest.approx(2)


def test_a_new_area_is_composed() -> None:
    state = kept(do(school(), "compose", name="新学区", add=["g1-1"]))
    assert named(state, "新学区").level == 1
    assert "add" in refused(school(), "compose", name="空")


def test_areas_are_never_emptied_and_grids_never_cut() -> None:
    assert "without any area" in refused(school(), "compose", unit="A", add=["g1-0"])["add"]
    assert "without any area" in refused(school(), "compose", unit="B", remove=["g1-0"])["remove"]
    assert "does not belong" in refused(school(), "compose", unit="B", remove=["g0-0"])["remove"]
    assert "must belong" in refused(school(True), "compose", unit="B", remove=["g1-0"])["remove"]
    assert (
        "lists of grids" in refused(school(), "cut", unit="g0-0", polygon=box(0, 0, 0.5, 1), name="x")["unit"]
    )
    assert "lists of grids" in refused(school(), "move_vertex", at=at(1, 1), to=at(1.1, 1))["at"]
    assert "lists of grids" in refused(school(), "merge", units=["g0-0", "g0-1"])["units"]
    assert "of their own" in refused(chessboard(), "compose", unit="c0", add=["g1-1"])["unit"]


def test_areas_merge_split_and_retire_as_lists() -> None:
    merged = kept(do(school(), "merge", units=["A", "B"], into="A"))
    assert shape(merged, "A").area == pytest.approx(3)
    split = do(school(True), "split", unit="A", members=["g0-1"], names=["北学区"])
    assert kept(split).unit(uid("g0-1")).parent == named(split, "北学区").id
    retired = kept(do(school(), "retire", unit="B"))
    assert retired.unit(uid("g1-0")).parent is None


# Coverages that lie in others


def test_a_first_level_inside_another_coverage_migrates_by_code() -> None:
    micro = about(False, ("micro_grid",), within="grids", within_level=4)
    units = [UnitValue(uid("m1"), 1, "m1", "g0-0", "m1", "", False)]
    base = Base.compile(micro, 1, units, build_arcs([place(shapely.box(0, 0, 1, 1))]))
    state = do(State(base), "migrate", units=["m1"], parent="g0-1")
    assert state.unit(uid("m1")).parent == "g0-1"
    drawn = do(state, "draw", polygon=box(1, 0, 2, 1), name="m2", parent="g0-1")
    assert named(kept(drawn), "m2").parent == "g0-1"


def test_parse_is_the_only_door() -> None:
    with pytest.raises(InvalidInput):
        parse({"op": ["merge"], "units": ["a", "b"]})
    assert prove_all(chessboard()) == []
