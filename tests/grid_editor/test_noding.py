"""Snap rounding against GEOS, and the places where it is easy to be wrong by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grid_editor.change import Piece
from grid_editor.noding import crossing, nearest, node, snap_line
from spatial.errors import InvalidInput

small = st.integers(-12, 12)
vertices = st.tuples(small, small)
huge = st.tuples(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))


@given(huge, huge, huge, huge)
@example((0, 0), (10, 10), (0, 10), (10, 0))
@settings(max_examples=200, deadline=None)
def test_crossings_are_the_nearest_grid_points(a, b, c, d) -> None:
    found = crossing(a, b, c, d)
    if found is None:
        return
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = a, b, c, d
    whole = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    part = Fraction((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx), whole)
    assert 0 < part < 1
    assert abs(ax + part * (bx - ax) - found[0]) <= Fraction(1, 2)
    assert abs(ay + part * (by - ay) - found[1]) <= Fraction(1, 2)


@given(vertices, vertices, vertices, vertices)
@settings(max_examples=300, deadline=None)
def test_edges_cross_where_geos_says_so(a, b, c, d) -> None:
    both = shapely.LineString([a, b]), shapely.LineString([c, d])
    assert (crossing(a, b, c, d) is not None) == (a != b and c != d and bool(both[0].crosses(both[1])))


@given(st.lists(st.lists(vertices, min_size=2, max_size=5), min_size=1, max_size=4))
@example([[(0, 1), (1, 0), (0, 0), (1, 1)]])
@settings(max_examples=300, deadline=None)
def test_noded_lines_meet_at_their_ends_only(lines) -> None:
    lines = [tuple(line) for line in lines if len(set(line)) > 1]
    found = node([], lines)
    edges = [shapely.LineString(chain.points) for chain in found.chains]
    assert len({frozenset(chain.points) for chain in found.chains}) == len(found.chains)
    for i, one in enumerate(edges):
        for other in edges[:i]:
            assert shapely.relate(one, other)[0] == "F"
            assert not shapely.intersects(one, other) or shapely.touches(one, other)
    for line in lines:
        for point in line:
            assert not edges or shapely.distance(shapely.Point(point), shapely.multilinestrings(edges)) == 0
    drawn = shapely.multilinestrings([shapely.LineString(line) for line in lines]) if lines else None
    assert drawn is None or shapely.hausdorff_distance(drawn, shapely.multilinestrings(edges)) <= 1.5


def test_arcs_keep_their_course_where_no_line_comes() -> None:
    square = Piece.of([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], "a", "")
    found = node([square], [((-50, 30), (150, 70))])
    parts = [chain for chain in found.chains if chain.of is square]
    assert [point for chain in parts for point in chain.points[:-1]] == [
        (0, 0), (100, 0), (100, 60), (100, 100), (0, 100), (0, 40),
    ]  # fmt: skip
    assert found.fresh == {(square, (100, 60)), (square, (0, 40))}
    inner = [chain.points for chain in found.chains if chain.of is None]
    assert ((0, 40), (100, 60)) in inner


def test_an_edge_drawn_twice_is_one() -> None:
    square = Piece.of([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], "a", "")
    found = node([square], [((0, 0), (100, 0), (50, 50)), ((50, 50), (100, 0))])
    assert [chain.points for chain in found.chains if chain.of is None] == [((50, 50), (100, 0))]


def test_two_borders_that_fall_into_one_are_refused() -> None:
    pieces = [Piece.of([(0, 0), (1000, 0)], "a", "b"), Piece.of([(0, 0), (500, 1), (1000, 0)], "b", "c")]
    needle = Piece.of([(0, 0), (1000, 1)], "c", "d")
    with pytest.raises(InvalidInput, match="fall into one"):
        node([pieces[0], needle], [((300, 0), (300, 50)), ((1000, 0), (1000, 1)), ((600, 0), (600, 9))])


def test_vertices_within_a_centimetre_snap_to_vertices_first() -> None:
    arc = Piece.of([(0, 0), (10_000, 0), (20_000, 5_000)], "a", "b")
    line = snap_line(((60, -60), (5_000, 90), (5_000, 101), (9_930, 60), (9_940, 70)), [arc])
    assert line == ((0, 0), (5_000, 0), (5_000, 101), (10_000, 0))


def test_the_nearest_place_of_a_border() -> None:
    arc = Piece.of([(0, 0), (10_000, 0), (20_000, 0)], "a", "b")
    on_edge = nearest((4_000, 70), [arc], 100)
    assert on_edge is not None
    assert (on_edge.at, on_edge.index, on_edge.is_vertex) == ((4_000, 0), 0, False)
    at_vertex = nearest((10_050, 50), [arc], 100)
    assert at_vertex is not None
    assert (at_vertex.at, at_vertex.index, at_vertex.is_vertex) == ((10_000, 0), 1, True)
    assert nearest((10_050, 50), [arc], 100, -1).is_vertex is False
    assert nearest((4_000, 700), [arc], 100) is None


@pytest.mark.parametrize("grid", [1, 1_000_000])
def test_a_long_line_over_many_borders_agrees_with_geos(grid: int) -> None:
    rng = np.random.default_rng(5)
    points = rng.integers(0, 1000, (60, 2)) * grid
    ends = [((x * grid, -grid), (x * grid + grid // 2, 1001 * grid)) for x in range(0, 1000, 50)]
    stripes = [Piece.of(stripe, "a", "b") for stripe in ends]
    line = tuple((int(x), int(y)) for x, y in points)
    ours = {frozenset(edge) for chain in node(stripes, [line]).chains for edge in pairwise(chain.points)}
    drawn = [shapely.LineString(line), *(shapely.LineString(stripe) for stripe in ends)]
    noded = shapely.get_parts(shapely.union_all(drawn, grid_size=1.0))
    lines = [shapely.get_coordinates(part).astype(int).tolist() for part in noded]
    theirs = {frozenset(edge) for points in lines for edge in pairwise(map(tuple, points))}
    assert len(ours ^ theirs) <= len(theirs) * 0.02
