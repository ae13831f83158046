import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.geometry.arcs import Arcs, build_arcs, build_polygons, dissolve
from tests.spatial.coverages import as_multi, coverages


def same(one, other) -> bool:
    return bool(
        shapely.equals_exact(
            shapely.normalize(np.array([as_multi(g) for g in one])),
            shapely.normalize(np.array([as_multi(g) for g in other])),
        ).all()
    )


def square(x: float, y: float, size: float = 1.0, hole=()) -> shapely.Polygon:
    return shapely.Polygon([(x, y), (x + size, y), (x + size, y + size), (x, y + size)], holes=hole)


def lines(arcs: Arcs) -> list[tuple]:
    return [(*map(tuple, arcs.lonlat(i).tolist()),) for i in range(len(arcs))]


@given(coverages())
@settings(max_examples=200, deadline=None)
def test_polygons_come_back_exactly(units) -> None:
    arcs = build_arcs(units)
    assert same(build_polygons(arcs, len(units)), units)


@given(coverages(), st.data())
@settings(max_examples=150, deadline=None)
def test_dissolve_is_the_union_of_the_units(units, data) -> None:
    parent_of = data.draw(st.lists(st.integers(-1, 2), min_size=len(units), max_size=len(units)))
    parents = build_polygons(dissolve(build_arcs(units), np.array(parent_of, np.int32)), 3)
    for parent in range(3):
        members = [unit for unit, of in zip(units, parent_of, strict=True) if of == parent]
        assert same([parents[parent]], [shapely.coverage_union_all(members)])
        assert parents[parent].equals(shapely.union_all(members))


@given(coverages())
@settings(max_examples=100, deadline=None)
def test_arcs_are_canonical(units) -> None:
    arcs = build_arcs(units)
    assert (arcs.left != arcs.right).all()
    for i in range(len(arcs)):
        coords = arcs.coords[arcs.offsets[i] : arcs.offsets[i + 1]].tolist()
        assert coords[0] == arcs.nodes[arcs.start_node[i]].tolist()
        assert coords[-1] == arcs.nodes[arcs.end_node[i]].tolist()
        if coords[0] == coords[-1]:
            assert shapely.LinearRing(coords).is_ccw
        else:
            assert coords[0] < coords[-1]


def test_two_neighbours_share_one_arc() -> None:
    west = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 2), (0, 2)])
    east = shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1)])
    arcs = build_arcs([west, east])
    sides = dict(zip(lines(arcs), zip(arcs.left.tolist(), arcs.right.tolist(), strict=True), strict=True))
    assert sides == {
        ((1, 0), (1, 1)): (0, 1),
        ((1, 0), (2, 0), (2, 1), (1, 1))[::1]: (1, -1),
        ((1, 0), (0, 0), (0, 2), (1, 2), (1, 1)): (-1, 0),
    }


def test_an_enclave_is_one_closed_arc_that_belongs_to_it_on_the_left() -> None:
    island = square(1, 1)
    sea = square(0, 0, 3, hole=[island.exterior.coords])
    arcs = build_arcs([sea, island])
    inner = next(i for i, line in enumerate(lines(arcs)) if line[0] == (1, 1))
    assert lines(arcs)[inner] == ((1, 1), (2, 1), (2, 2), (1, 2), (1, 1))
    assert (arcs.left[inner], arcs.right[inner]) == (1, 0)


def test_a_hole_of_the_coverage_has_outside_on_one_side() -> None:
    arcs = build_arcs([square(0, 0, 3, hole=[square(1, 1).exterior.coords])])
    assert sorted(zip(arcs.left.tolist(), arcs.right.tolist(), strict=True)) == [(-1, 0), (0, -1)]


def test_units_that_touch_at_a_point_meet_in_a_node() -> None:
    arcs = build_arcs([square(0, 0), square(1, 1)])
    assert arcs.nodes.tolist() == [[10**9, 10**9]]
    assert same(build_polygons(arcs, 2), [square(0, 0), square(1, 1)])


def test_parts_that_touch_at_a_point_stay_parts() -> None:
    unit = shapely.MultiPolygon([square(0, 0), square(1, 1), square(2, 0)])
    assert same(build_polygons(build_arcs([unit]), 1), [unit])


def test_a_hole_that_touches_its_shell_stays_a_hole() -> None:
    unit = shapely.Polygon([(0, 0), (4, 0), (4, 4), (2, 4), (0, 4)], holes=[[(2, 4), (1, 2), (3, 2)]])
    assert unit.is_valid
    assert same(build_polygons(build_arcs([unit]), 1), [unit])


def test_parts_with_holes_find_their_shells() -> None:
    inner = square(1.5, 1.5, 0.5)
    unit = shapely.MultiPolygon(
        [
            square(0, 0, 5, hole=[square(1, 1, 2).exterior.coords]),
            inner,
            square(9, 0, 2, hole=[square(9.5, 0.5).exterior.coords]),
        ]
    )
    assert same(build_polygons(build_arcs([unit]), 1), [unit])


def test_two_arcs_between_the_same_two_nodes() -> None:
    west = shapely.Polygon([(0, 0), (2, 0), (1, 1), (2, 2), (0, 2)])
    middle = shapely.Polygon([(2, 0), (3, 1), (2, 2), (1, 1)])
    arcs = build_arcs([west, middle])
    ends = [(line[0], line[-1]) for line in lines(arcs)]
    assert ends.count(((2, 0), (2, 2))) == 3
    assert same(build_polygons(arcs, 2), [west, middle])


def test_repeated_vertices_are_dropped() -> None:
    assert len(build_arcs([shapely.Polygon([(0, 0), (1, 0), (1, 0), (1, 1), (0, 0)])]).coords) == 4


def test_no_units_and_empty_units() -> None:
    assert len(build_arcs([])) == 0
    arcs = build_arcs([shapely.Polygon(), square(0, 0)])
    assert arcs.left.tolist() == [1]
    assert [g.is_empty for g in build_polygons(arcs, 3)] == [True, False, True]
    assert [g.is_empty for g in build_polygons(build_arcs([]), 2)] == [True, True]


def test_an_overlap_is_refused_with_units_and_place() -> None:
    with pytest.raises(InvalidInput) as refused:
        build_arcs([square(0, 0), square(5, 5), square(0, 0)])
    assert refused.value.problems[0].where == "unit 0, 2"
    assert "0.500000000, 0.000000000" in "".join(p.reason for p in refused.value.problems)


def test_a_unit_that_borders_on_itself_is_refused() -> None:
    with pytest.raises(InvalidInput, match="unit 0: borders on itself"):
        build_arcs([shapely.MultiPolygon([square(0, 0), square(1, 0)])])


def test_a_line_is_no_unit() -> None:
    with pytest.raises(InvalidInput, match="unit 1: is not a polygon"):
        build_arcs([square(0, 0), shapely.LineString([(0, 0), (1, 1)])])


def test_arcs_that_do_not_close_are_refused() -> None:
    arcs = build_arcs([square(0, 0), square(1, 0)])
    torn = Arcs(
        arcs.coords, arcs.offsets, np.where(arcs.left == 1, -1, arcs.left).astype(np.int32),
        np.full_like(arcs.right, -1), arcs.start_node, arcs.end_node, arcs.nodes,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="does not close"):
        build_polygons(torn, 2)


def test_two_thousand_units_take_less_than_a_second() -> None:
    from bench.synthetic import coverage

    units = coverage(2000)
    began = time.thread_time()
    polygons = build_polygons(build_arcs(units), len(units))
    assert time.thread_time() - began < 1.0
    assert same(polygons, units)
