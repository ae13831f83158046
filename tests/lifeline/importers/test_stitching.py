"""Loose lines made a network: a real one torn apart, whose true ends are known; and what never joins."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lifeline.importers.stitching import Stitched, stitch, touches
from tests.lifeline.networks import DATA, expected

NONE = np.zeros((0, 2))


def features(name: str) -> list[Any]:
    return list(json.loads((DATA / "wntr" / f"{name}.geojson").read_bytes())["features"])


def torn() -> tuple[np.ndarray, np.ndarray]:
    """Give the ends of the pipes of ky4 as they were torn apart (feet), and the nodes that they were of."""
    found = features("ky4_disconnected_pipes")
    lines = [each["geometry"]["coordinates"] for each in found]
    names = [(each["properties"]["start_node_name"], each["properties"]["end_node_name"]) for each in found]
    return np.array([[line[0], line[-1]] for line in lines]), np.array(names)


def parts(tail: np.ndarray, head: np.ndarray, nodes: int) -> int:
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(nodes, nodes))
    return int(connected_components(graph, directed=False)[0])


def test_k17_a_torn_network_is_one_again() -> None:
    """One component as is expected, of all pipes; WNTR's own stitching keeps 1,100 of the 1,156."""
    ends, names = torn()
    stitched = stitch(ends, NONE, 100.0)
    answers = expected("K17")
    assert str(len(ends)) == answers["ky4", "lines in"]
    found = parts(stitched.tail, stitched.head, len(stitched.at))
    assert str(found) == answers["ky4", "connected components after stitching ends within 100 ft"]
    assert (stitched.tail != stitched.head).all()
    assert stitched.moved.max() <= 100.0
    # Nearly all nodes are those that there were: 964 in truth.
    at_60 = stitch(ends, NONE, 60.0)
    ours = np.column_stack([at_60.tail, at_60.head]).ravel()
    _, theirs = np.unique(names, return_inverse=True)
    pairs = {*zip(ours.tolist(), theirs.ravel().tolist(), strict=True)}
    assert len(at_60.at) == pytest.approx(964, abs=5)
    assert len(pairs) - len(at_60.at) <= 15, "nodes made of two"
    assert len(pairs) - 964 <= 12, "nodes made two of"


def test_known_points_hold_the_ends() -> None:
    """Of 2,312 ends 99 in a hundred go to their own junction when junctions are given."""
    ends, names = torn()
    given = [each for kind in ("junctions", "tanks", "reservoirs") for each in features(f"ky4_{kind}")]
    number = {each["properties"]["name"]: at for at, each in enumerate(given)}
    points = np.array([each["geometry"]["coordinates"][:2] for each in given], np.float64)
    stitched = stitch(ends, points, 80.0)
    truth = np.array([[number[tail], number[head]] for tail, head in names])
    right = (stitched.tail == truth[:, 0]).sum() + (stitched.head == truth[:, 1]).sum()
    assert right >= 0.99 * truth.size
    assert (stitched.at[: len(points)] == points).all()


def test_ends_that_are_equal_meet_whatever_the_tolerance() -> None:
    ends = np.array([[[0, 0], [1, 0]], [[1, 0], [2, 0]], [[1, 0], [1, 5]], [[7, 7], [8, 8]]], np.float64)
    stitched = stitch(ends, NONE, 0.0)
    assert stitched.head[0] == stitched.tail[1] == stitched.tail[2]
    assert len(stitched.at) == 6
    assert stitched.moved.max() == 0


def test_a_short_pipe_is_not_swallowed() -> None:
    """A metre of pipe between two long ones, stitched within three metres, stays a pipe."""
    ends = np.array([[[0, 0], [99.9, 0]], [[100, 0], [101, 0]], [[101.1, 0], [200, 0]]], np.float64)
    stitched = stitch(ends, NONE, 3.0)
    assert (stitched.tail != stitched.head).all()
    assert stitched.head[0] == stitched.tail[1]
    assert stitched.head[1] == stitched.tail[2]


def test_a_row_of_ends_does_not_become_one_node() -> None:
    """Each is within the tolerance of the next, and the last is far from the first."""
    ends = np.array([[[x, 0], [x, 100 + 10 * x]] for x in range(20)], np.float64)
    stitched = stitch(ends, NONE, 2.0)
    for node in range(len(stitched.at)):
        x = np.concatenate([ends[stitched.tail == node, 0, 0], ends[stitched.head == node, 1, 0]])
        assert np.ptp(x) <= 2.0


def test_a_ring_is_cut_rather_than_closed() -> None:
    """A line that ends where it begins keeps two nodes: no link goes from a node to itself."""
    stitched = stitch(np.array([[[0, 0], [0, 0]]], np.float64), NONE, 1.0)
    assert stitched.tail[0] != stitched.head[0]


def test_no_lines_no_nodes() -> None:
    assert len(stitch(np.zeros((0, 2, 2)), NONE, 1.0).at) == 0
    assert len(stitch(np.zeros((0, 2, 2)), np.array([[1.0, 2.0]]), 1.0).at) == 1


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        stitch(np.array([[[0, 0], [np.nan, 0]]]), NONE, 1.0)


def test_branches_that_touch_a_main_are_told() -> None:
    lines = np.array(
        [
            shapely.LineString([(0, 0), (100, 0)]),
            shapely.LineString([(40, 0.4), (40, 30)]),
            shapely.LineString([(60, -30), (60, 3)]),
            shapely.LineString([(99.8, 0.1), (120, 50)]),
        ]
    )
    ends = np.array([[line.coords[0], line.coords[-1]] for line in lines])
    stitched = stitch(ends, NONE, 1.0)
    assert stitched.head[0] == stitched.tail[3]
    (touch,) = touches(lines, stitched, 1.0)
    assert (touch.line, touch.node) == (0, stitched.tail[1])
    assert (touch.along, touch.off) == (pytest.approx(40), pytest.approx(0.4))


@st.composite
def scattered(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float]:
    chance = np.random.Generator(np.random.PCG64(draw(st.integers(0, 2**32))))
    lines, points = draw(st.integers(0, 40)), draw(st.integers(0, 10))
    size = draw(st.sampled_from([3.0, 10.0, 40.0]))
    return chance.uniform(0, size, (lines, 2, 2)), chance.uniform(0, size, (points, 2)), draw(st.floats(0, 3))


def groups(stitched: Stitched, points: int) -> set[frozenset[tuple[int, int]]]:
    """Give the members of each node: (line, end), and (-1, point)."""
    found = defaultdict(set)
    for point in range(points):
        found[point].add((-1, point))
    for line, (tail, head) in enumerate(zip(stitched.tail, stitched.head, strict=True)):
        found[int(tail)].add((line, 0))
        found[int(head)].add((line, 1))
    return {frozenset(each) for each in found.values()}


@settings(max_examples=200, deadline=None)
@given(scattered(), st.randoms())
def test_what_holds_of_every_stitching(case: tuple[np.ndarray, np.ndarray, float], chance: Any) -> None:
    ends, points, tolerance = case
    stitched = stitch(ends, points, tolerance)
    assert (stitched.tail != stitched.head).all()
    assert (stitched.at[: len(points)] == points).all()
    assert len(groups(stitched, len(points))) == len(stitched.at)
    places = {(line, end): ends[line, end] for line in range(len(ends)) for end in (0, 1)}
    places |= {(-1, point): points[point] for point in range(len(points))}
    whole = groups(stitched, len(points))
    for group in whole:
        among = np.array([places[each] for each in group])
        assert np.hypot(*np.ptp(among, axis=0)) <= tolerance + 1e-9
        assert sum(line == -1 for line, _ in group) <= 1
    # In whatever order the rows come, the same is joined.
    order = list(range(len(ends)))
    chance.shuffle(order)
    again = stitch(ends[order], points, tolerance)
    named = {
        frozenset((order[line] if line >= 0 else -1, end) for line, end in group)
        for group in groups(again, len(points))
    }
    assert named == whole


@settings(max_examples=100, deadline=None)
@given(scattered())
def test_nothing_that_could_be_joined_is_left(case: tuple[np.ndarray, np.ndarray, float]) -> None:
    """No two nodes fit into the tolerance together unless they hold both ends of a line, or two points."""
    ends, points, tolerance = case
    stitched = stitch(ends, points, tolerance)
    whole = [sorted(group) for group in groups(stitched, len(points))]
    places = {(line, end): ends[line, end] for line in range(len(ends)) for end in (0, 1)}
    places |= {(-1, point): points[point] for point in range(len(points))}
    for at, one in enumerate(whole):
        for two in whole[at + 1 :]:
            among = np.array([places[each] for each in one + two])
            if np.hypot(*np.ptp(among, axis=0)) <= tolerance - 1e-9:
                lines = [line for line, _ in one + two]
                assert len(set(lines)) < len(lines)
