"""Operations that draw: the cases that other editors get wrong, one by one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon

from grid_editor.operations import parse
from grid_editor.proof import prove_all
from grid_editor.state import State
from spatial.errors import InvalidInput
from tests.grid_editor.cities import area, at, box, chessboard, do, flat, named, path, shape, steps, uid


def kept(state: State) -> State:
    """Prove the whole, and hand it on."""
    assert prove_all(state) == []
    return state


def refused(state: State, op: str, **fields) -> dict[str, str]:
    with pytest.raises(InvalidInput) as error:
        parse({"op": op, **fields}).change(state)
    return {problem.where: problem.reason for problem in error.value.problems}


def grids(state: State) -> int:
    return sum(1 for _ in state.units(state.base.depth))


# Split


def test_a_split_gives_the_neighbours_their_nodes() -> None:
    """QGIS leaves the neighbour without the new node (#39835)."""
    state = kept(do(chessboard(), "split", unit="g1-1", line=path((0.5, 1.5), (2.5, 1.5)), names=["南"]))
    west = shape(state, "g0-1")
    assert [1.0, 1.5] in shapely.get_coordinates(west).tolist()
    assert west.equals(shapely.box(0, 1, 1, 2))
    assert shape(state, "g1-1").equals(shapely.box(1, 1.5, 2, 2)) != shape(state, "g1-1").equals(
        shapely.box(1, 1, 2, 1.5)
    )
    new = named(state, "南")
    assert (new.code, new.parent, new.level, new.generated) == (None, uid("c1"), 4, False)
    assert uid("g1-1") in state.neighbours(new.id)


def test_a_split_line_may_end_on_the_border_and_meet_a_node() -> None:
    state = kept(do(chessboard(), "split", unit="g1-1", line=path((1, 1), (2, 1.5))))
    assert shape(state, "g1-1").area == pytest.approx(0.75)
    assert set(map(tuple, shapely.get_coordinates(shape(state, "g1-0")).tolist())) == {
        (1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (1.0, 1.0),
    }  # fmt: skip


def test_a_split_through_two_existing_vertices_adds_none() -> None:
    state = kept(do(chessboard(), "split", unit="g1-1", line=path((1, 1), (2, 2))))
    known = {tuple(point) for piece in state.base.pieces for point in piece.points.tolist()}
    assert {tuple(point) for piece in state.change.added for point in piece.points.tolist()} <= known
    assert len(state.change.added) == len(state.change.removed) + 1


def test_a_split_along_an_existing_edge_cuts_only_where_it_leaves_it() -> None:
    state = kept(do(chessboard(), "split", unit="g1-1", line=path((1, 1), (1.5, 1), (1.5, 2), (2, 2))))
    assert grids(state) == 17
    assert shape(state, "g1-1").area == pytest.approx(0.5)


def test_a_line_on_the_border_only_cuts_nothing() -> None:
    reasons = refused(chessboard(), "split", unit="g1-1", line=path((1, 1), (1, 2)))
    assert "must begin and end outside the unit or on its border" in reasons["line"]


def test_a_line_that_ends_inside_cuts_nothing() -> None:
    reasons = refused(chessboard(), "split", unit="g1-1", line=path((0.5, 1.5), (1.5, 1.5)))
    assert "must begin and end outside the unit" in reasons["line"]


def test_a_split_through_an_enclave_leaves_it_whole() -> None:
    lake = shapely.box(1.25, 1.25, 1.75, 1.75)
    state = flat({"a": shapely.box(1, 1, 2, 2).difference(lake), "lake": lake})
    state = kept(do(state, "split", unit="a", line=path((0.5, 1.5), (2.5, 1.5))))
    assert shape(state, "lake").equals(lake)
    assert grids(state) == 3
    assert shape(state, "a").area == pytest.approx(0.375)


def test_a_split_through_a_hole_of_the_coverage_leaves_it_open() -> None:
    hole = shapely.box(1.25, 1.25, 1.75, 1.75)
    state = flat({"a": shapely.box(1, 1, 2, 2).difference(hole)}, complete=False)
    state = kept(do(state, "split", unit="a", line=path((0.5, 1.5), (2.5, 1.5))))
    assert shapely.union_all([steps(state.polygon(u.id)) for u in state.units(2)]).equals(
        shapely.box(1, 1, 2, 2).difference(hole)
    )


def test_a_line_that_only_joins_a_hole_to_the_border_cuts_nothing() -> None:
    hole = shapely.box(1.25, 1.25, 1.75, 1.75)
    state = flat({"a": shapely.box(1, 1, 2, 2).difference(hole)}, complete=False)
    assert "line" in refused(state, "split", unit="a", line=path((0.5, 1.5), (1.5, 1.5)))


def test_a_line_that_crosses_itself_is_refused() -> None:
    reasons = refused(
        chessboard(),
        "split",
        unit="g1-1",
        line=path((0.5, 1.5), (1.8, 1.5), (1.8, 1.8), (1.4, 1.2), (2.5, 1.1)),
    )
    assert reasons == {"line": "the line crosses itself"}


def test_a_unit_like_a_u_falls_into_three() -> None:
    u = Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    state = flat({"u": u, "inside": shapely.box(1, 1, 2, 3)})
    cut = do(state, "split", unit="u", line=path((-0.5, 2), (3.5, 2)), names=["西", "东"])
    kept(cut)
    assert shape(cut, "inside").area == pytest.approx(2)
    assert shape(cut, "u").equals(u.intersection(shapely.box(0, 0, 3, 2)))
    assert steps(cut.polygon(named(cut, "西").id)).equals(shapely.box(0, 2, 1, 3))
    assert steps(cut.polygon(named(cut, "东").id)).equals(shapely.box(2, 2, 3, 3))


def test_two_lines_that_cross_split_into_four() -> None:
    lines = [path((0.5, 1.5), (2.5, 1.5)), path((1.5, 0.5), (1.5, 2.5))]
    state = kept(do(chessboard(), "split", unit="g1-1", lines=lines))
    assert grids(state) == 19
    assert len(state.pieces_at((116_315_000_000, 39_915_000_000))) == 4


def test_an_island_that_no_line_meets_stays_with_the_identity() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 2, 1), shapely.box(5, 0, 5.2, 0.2)])
    state = kept(do(flat({"a": parts}), "split", unit="a", line=path((1.5, -1), (1.5, 2))))
    assert shape(state, "a").equals(shapely.union(shapely.box(0, 0, 1.5, 1), shapely.box(5, 0, 5.2, 0.2)))


def test_a_place_tells_which_part_keeps_the_identity() -> None:
    line = path((1.2, 0.5), (1.2, 2.5))
    state = kept(do(chessboard(), "split", unit="g1-1", line=line, keeps=at(1.1, 1.5), names=["新"]))
    assert shape(state, "g1-1").equals(shapely.box(1, 1, 1.2, 2))
    reasons = refused(chessboard(), "split", unit="g1-1", line=line, keeps=at(3.5, 3.5))
    assert reasons == {"keeps": "lies in none of the parts"}


def test_a_line_drawn_along_a_border_by_hand_leaves_no_slivers() -> None:
    """Within a centimetre of a border, what is drawn lies on it."""
    near = [[116.31 + 3e-8, 39.91 - 2e-8], [116.31 - 4e-8, 39.915], at(2.5, 1.5)]
    state = kept(do(chessboard(), "split", unit="g1-1", line=near))
    assert sorted(shape(state, code).area for code in ("g1-1",)) == pytest.approx([0.5])
    assert grids(state) == 17


# Draw, cut, transfer


def test_a_drawn_unit_is_carved_out_of_all_that_lie_there() -> None:
    state = kept(do(chessboard(), "draw", polygon=box(0.5, 0.5, 1.5, 1.5), name="新网格", parent="c0"))
    assert steps(state.polygon(named(state, "新网格").id)).equals(shapely.box(0.5, 0.5, 1.5, 1.5))
    assert [shape(state, code).area for code in ("g0-0", "g1-0", "g0-1", "g1-1")] == pytest.approx([0.75] * 4)
    assert shape(state, "c0").equals(shapely.box(0, 0, 1, 4).union(shapely.box(0.5, 0.5, 1.5, 1.5)))


def test_units_of_different_parents_need_the_parent_to_be_said() -> None:
    reasons = refused(chessboard(), "draw", polygon=box(0.5, 0.5, 1.5, 1.5), name="新网格")
    assert list(reasons) == ["parent"]
    state = do(chessboard(), "draw", polygon=box(0.5, 0.5, 0.9, 1.5), name="新网格")
    assert named(state, "新网格").parent == uid("c0")


def test_a_drawn_unit_stays_inside_a_complete_coverage_unless_told() -> None:
    beyond = box(-0.5, 0.25, 0.5, 0.75)
    inside = do(chessboard(), "draw", polygon=beyond, name="新网格")
    assert steps(kept(inside).polygon(named(inside, "新网格").id)).equals(shapely.box(0, 0.25, 0.5, 0.75))
    grown = do(chessboard(), "draw", polygon=beyond, name="新网格", outside=True)
    assert steps(kept(grown).polygon(named(grown, "新网格").id)).equals(shapely.box(-0.5, 0.25, 0.5, 0.75))
    loose = do(chessboard(complete=False), "draw", polygon=beyond, name="新网格")
    assert steps(kept(loose).polygon(named(loose, "新网格").id)).equals(shapely.box(-0.5, 0.25, 0.5, 0.75))


def test_a_unit_that_would_be_swallowed_is_named() -> None:
    reasons = refused(chessboard(), "draw", polygon=box(0.5, 0.5, 2.5, 2.5), name="新网格", parent="c1")
    assert "'g1-1\"" in reasons["polygon"]
    assert "merge the units instead" in reasons["polygon"]


def test_a_unit_may_be_drawn_in_the_open_beside_others() -> None:
    """Its border runs along theirs, so they get its corners."""
    state = flat({"a": shapely.box(0, 0, 2, 2)}, complete=False)
    state = kept(do(state, "draw", polygon=box(2, 0.5, 3, 1.5), name="旁", parent="c"))
    assert state.neighbours(named(state, "旁").id) == {uid("a")}
    assert len(shapely.get_coordinates(shape(state, "a"))) == 7


def test_an_empty_coverage_can_be_drawn_in() -> None:
    state = flat({}, complete=False)
    state = kept(do(state, "draw", polygon=box(0, 0, 1, 1), name="一", parent="c"))
    assert grids(kept(do(state, "draw", polygon=box(1, 0, 2, 1), name="二", parent="c"))) == 2


def test_a_cut_makes_an_enclave() -> None:
    state = kept(do(chessboard(), "cut", unit="g1-1", polygon=box(1.25, 1.25, 1.75, 1.75), name="湖"))
    assert shape(state, "g1-1").equals(
        shapely.box(1, 1, 2, 2).difference(shapely.box(1.25, 1.25, 1.75, 1.75))
    )
    assert state.neighbours(named(state, "湖").id) == {uid("g1-1")}
    assert named(state, "湖").parent == uid("c1")


def test_a_cut_without_a_name_needs_a_reason_and_leaves_a_hole() -> None:
    polygon = box(1.25, 1.25, 1.75, 1.75)
    assert "name" in refused(chessboard(), "cut", unit="g1-1", polygon=polygon)
    state = kept(do(chessboard(), "cut", unit="g1-1", polygon=polygon, reason="军事管理区"))
    assert state.change.born == frozenset()
    assert shape(state, "d").equals(shapely.box(0, 0, 4, 4).difference(shapely.box(1.25, 1.25, 1.75, 1.75)))


def test_a_cut_takes_only_what_lies_in_its_unit() -> None:
    state = kept(do(chessboard(), "cut", unit="g1-1", polygon=box(0.5, 1.25, 1.5, 1.75), name="角"))
    assert steps(state.polygon(named(state, "角").id)).equals(shapely.box(1, 1.25, 1.5, 1.75))
    assert "polygon" in refused(chessboard(), "cut", unit="g1-1", polygon=box(3, 3, 3.5, 3.5), name="角")


def test_a_transfer_moves_the_border_of_both() -> None:
    state = kept(do(chessboard(), "transfer", **{"from": "g1-1", "to": "g0-1"}, polygon=box(0.9, 1, 1.25, 2)))
    assert shape(state, "g0-1").equals(shapely.box(0, 1, 1.25, 2))
    assert shape(state, "c0").area == pytest.approx(4.25)
    assert refused(chessboard(), "transfer", **{"from": "g1-1", "to": "g1-1"}, polygon=box(0, 0, 1, 1)) == {
        "to": "is the same unit as 'from'"
    }


def test_a_transfer_to_a_distant_unit_makes_an_exclave() -> None:
    polygon = box(1.25, 1.25, 1.75, 1.75)
    state = kept(do(chessboard(), "transfer", **{"from": "g1-1", "to": "g3-3"}, polygon=polygon))
    assert len(shapely.get_parts(shape(state, "g3-3"))) == 2


def test_an_area_that_crosses_itself_is_refused() -> None:
    bow = area((1.1, 1.1), (1.9, 1.9), (1.9, 1.1), (1.1, 1.9))
    assert "crosses itself" in refused(chessboard(), "cut", unit="g1-1", polygon=bow, name="蝴蝶")["polygon"]


# Reshape


def test_reshape_takes_what_lies_between_the_border_and_the_line() -> None:
    state = kept(do(chessboard(), "reshape", unit="g1-1", line=path((2, 1.2), (2.3, 1.5), (2, 1.8))))
    assert shape(state, "g1-1").area == pytest.approx(1 + 0.3 * 0.6 / 2)
    assert shape(state, "g2-1").area == pytest.approx(1 - 0.3 * 0.6 / 2)


def test_reshape_gives_what_it_cuts_off_to_the_longest_neighbour() -> None:
    state = kept(do(chessboard(), "reshape", unit="g1-1", line=path((1.6, 0.9), (1.7, 1.5), (2.1, 1.9))))
    assert shape(state, "g1-1").area < 1
    assert shape(state, "g2-1").area > 1
    assert shape(state, "g1-0").equals(shapely.box(1, 0, 2, 1))


def test_reshape_follows_a_line_that_weaves_in_and_out() -> None:
    weave = path((2, 1.1), (2.2, 1.2), (1.8, 1.4), (2.2, 1.6), (2, 1.7))
    state = kept(do(chessboard(), "reshape", unit="g1-1", line=weave))
    both = shapely.union(shape(state, "g1-1"), shape(state, "g2-1"))
    assert both.equals(shapely.box(1, 1, 3, 2))
    drawn = shapely.LineString([(2.2, 1.2), (1.8, 1.4), (2.2, 1.6)])
    assert (
        shapely.hausdorff_distance(
            drawn, shapely.intersection(drawn.buffer(1e-6), shape(state, "g1-1").boundary)
        )
        < 1e-5
    )


def test_reshape_may_run_through_several_neighbours() -> None:
    state = kept(
        do(
            chessboard(),
            "reshape",
            unit="g1-1",
            line=path((2, 1.5), (2.4, 1.9), (2.4, 2.3), (1.5, 2.3), (1.5, 2)),
        )
    )
    assert grids(state) == 16
    assert shape(state, "g1-1").area > 1.2
    assert shape(state, "g2-2").area < 1


def test_the_outer_border_of_a_complete_coverage_moves_only_when_told() -> None:
    line = path((0, 1.2), (-0.3, 1.5), (0, 1.8))
    assert "line" in refused(chessboard(), "reshape", unit="g0-1", line=line)
    state = kept(do(chessboard(), "reshape", unit="g0-1", line=line, outside=True))
    assert shape(state, "d").area == pytest.approx(16 + 0.3 * 0.6 / 2)
    assert "line" in refused(chessboard(), "reshape", unit="g1-1", line=path((1.2, 1.2), (1.8, 1.8)))


# Replace


def test_an_import_replaces_a_part() -> None:
    units = [
        {"unit": "g1-1", "polygon": box(0.8, 1, 2, 2)},
        {"name": "新", "parent": "c2", "polygon": box(2, 1, 2.5, 2)},
    ]
    state = kept(do(chessboard(), "replace", units=units))
    assert shape(state, "g1-1").equals(shapely.box(0.8, 1, 2, 2))
    assert shape(state, "g0-1").equals(shapely.box(0, 1, 0.8, 2))
    assert shape(state, "g2-1").equals(shapely.box(2.5, 1, 3, 2))


def test_an_import_that_covers_a_unit_ends_it() -> None:
    units = [{"unit": "g1-1", "polygon": box(1, 1, 2, 3)}]
    state = kept(do(chessboard(), "replace", units=units))
    assert state.change.retired == {uid("g1-2")}


def test_an_import_may_not_leave_ground_to_nobody() -> None:
    reasons = refused(chessboard(), "replace", units=[{"unit": "g1-1", "polygon": box(1, 1, 1.5, 2)}])
    assert "nobody gets a part of" in reasons["units"]
    state = kept(
        do(chessboard(complete=False), "replace", units=[{"unit": "g1-1", "polygon": box(1, 1, 1.5, 2)}])
    )
    assert shape(state, "g1-1").equals(shapely.box(1, 1, 1.5, 2))


def test_an_import_that_overlaps_itself_is_refused() -> None:
    units = [{"unit": "g1-1", "polygon": box(1, 1, 2.2, 2)}, {"unit": "g2-1", "polygon": box(2, 1, 3, 2)}]
    assert "overlap" in refused(chessboard(), "replace", units=units)["units"]


def test_an_import_of_the_whole() -> None:
    halves = [
        {"name": f"半{i}", "code": f"h{i}", "parent": f"c{i}", "polygon": box(2 * i, 0, 2 * i + 2, 4)}
        for i in range(2)
    ]
    reasons = refused(chessboard(), "replace", units=halves, whole=True)
    assert "would be left without any area" in reasons["units"]
    state = kept(do(chessboard(2, 2), "replace", units=halves, whole=True))
    assert {unit.code for unit in state.units(4)} == {"h0", "h1"}
    assert shape(state, "d").equals(shapely.box(0, 0, 4, 4))


# What it is given


@pytest.mark.parametrize("datum", ["cgcs2000", "gcj02", "bd09"])
def test_coordinates_are_read_in_their_datum(datum: str) -> None:
    from spatial.geometry.datum import convert

    line = np.array(path((1.5, 0.5), (1.5, 2.5)))
    shifted = np.stack(convert(*line.T, "wgs84", datum), axis=1).tolist()
    state = kept(do(chessboard(), "split", unit="g1-1", line=shifted, datum=datum))
    border = next(
        piece for piece in state.change.added if {uid("g1-1"), *state.change.born} == {*piece.sides}
    )
    assert abs(border.points[:, 0] - 116_315_000_000).max() <= 1


@pytest.mark.parametrize(
    ("payload", "field", "reason"),
    [
        ({"op": "explode"}, "op", "'explode' is not one of"),
        ({}, "op", "is not one of"),
        ({"op": "split"}, "unit", "is missing"),
        ({"op": "split", "unit": "g1-1"}, "lines", "is missing"),
        ({"op": "split", "unit": "g1-1", "line": [[1, 2]]}, "line", "two vertices"),
        ({"op": "split", "unit": "g1-1", "line": [[1, 2], ["a", 3]]}, "line[1]", "[longitude, latitude]"),
        ({"op": "split", "unit": "g1-1", "line": [[1, 2], [float("nan"), 3]]}, "line[1]", "[longitude"),
        ({"op": "split", "unit": "g1-1", "line": [[1, 2], [181, 3]]}, "line[1]", "[longitude"),
        ({"op": "split", "unit": "g1-1", "line": [[1, 2], [3, 4]], "datum": "mars"}, "datum", "not one of"),
        ({"op": "split", "unit": "g1-1", "line": [[1, 2], [3, 4]], "knife": 1}, "knife", "no such field"),
        ({"op": "split", "unit": "g1-1", "line": [[1, 2], [3, 4]], "new": "x"}, "new", "UUID"),
        ({"op": "cut", "unit": "g1-1", "name": "n", "polygon": {"type": "Point"}}, "polygon", "Polygon"),
        ({"op": "cut", "unit": "g1-1", "name": "n", "polygon": [[[1, 2], [3, 4]]]}, "polygon[0][0]", "three"),
        ({"op": "rename", "unit": "g1-1", "name": " "}, "name", "1 to 200"),
        ({"op": "rename", "unit": "g1-1", "name": "a\nb"}, "name", "1 to 200"),
        ({"op": "assign", "unit": "g1-1", "people": [["1", "king"]]}, "people[0]", "worker"),
        ({"op": "merge", "units": []}, "units", "list of 1 or more"),
        ({"op": "replace", "units": [{"polygon": 3}]}, "units[0].polygon", "Polygon"),
        ({"op": "replace", "units": [{"shape": 3}]}, "units[0].shape", "no such field"),
    ],
)  # fmt: skip
def test_a_bad_payload_is_refused_by_field(payload: dict, field: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse(payload)
    found = {problem.where: problem.reason for problem in error.value.problems}
    assert reason in found[field], found


def test_latitude_first_is_told_apart_from_another_city() -> None:
    line = [[y, x] for x, y in path((0.5, 1.5), (2.5, 1.5))]
    with pytest.raises(InvalidInput):
        parse({"op": "split", "unit": "g1-1", "line": line})
    reasons = refused(chessboard(), "split", unit="g1-1", line=[[0.1, 0.2], [0.3, 0.4]])
    assert "longitude comes first" in reasons["lines"]


def test_units_above_have_no_borders_of_their_own() -> None:
    assert (
        "made of units below it"
        in refused(chessboard(), "cut", unit="c1", polygon=box(1, 1, 2, 2), name="x")["unit"]
    )
    assert (
        "there is no unit 'g9'"
        in refused(chessboard(), "cut", unit="g9", polygon=box(1, 1, 2, 2), name="x")["unit"]
    )


def test_a_line_of_very_many_vertices_is_refused() -> None:
    line = [at(x / 10_000, 1.5) for x in range(10_001)]
    with pytest.raises(InvalidInput, match="too many for one operation"):
        parse({"op": "split", "unit": "g1-1", "line": line})


def test_the_same_payload_twice_is_refused() -> None:
    operation = parse({"op": "cut", "unit": "g1-1", "polygon": box(1.2, 1.2, 1.4, 1.4), "name": "a"})
    state = chessboard()
    state = state.apply(operation.change(state))
    again = {**operation.payload(), "polygon": box(1.6, 1.6, 1.8, 1.8)}
    assert "new" in refused(state, again.pop("op"), **again)
