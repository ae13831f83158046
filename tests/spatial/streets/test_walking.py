"""Ways by streets, against a Dijkstra in plain Python over the lines as they are drawn."""

from __future__ import annotations

import heapq
from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from spatial.streets.graph import build
from spatial.streets.walking import REACH_M, distances, snap
from spatial.types import LngLat

GEOD = Geod(ellps="WGS84")
WEST, SOUTH, STEP = 116.3, 39.9, 0.002
"""Corners of a made-up town stand this far apart: about 170 and 220 m."""


def metres(a: Any, b: Any) -> float:
    return float(GEOD.inv(*a, *b)[2])


def at(x: float, y: float) -> tuple[float, float]:
    return round(WEST + x * STEP, 7), round(SOUTH + y * STEP, 7)


def plain(lines: list[Any], begin: Any, end: Any) -> float:
    """Walk from corner to corner by every vertex of the lines; infinity where there is no way."""
    steps = defaultdict(list)
    for line in lines:
        for a, b in pairwise(line):
            steps[a].append((metres(a, b), b))
            steps[b].append((metres(a, b), a))
    done: set[Any] = set()
    heap = [(0.0, begin)]
    while heap:
        far, here = heapq.heappop(heap)
        if here == end:
            return far
        if here not in done:
            done.add(here)
            for more, to in steps[here]:
                heapq.heappush(heap, (far + more, to))
    return float("inf")


def town(rng: np.random.Generator, size: int, share: float) -> list[Any]:
    """Draw some of the streets of a lattice: of two bent segments each, several in one line."""
    lines = []
    for y in range(size):
        line = [at(0, y)]
        for x in range(1, size):
            line += [at(x - 0.5, y + rng.uniform(-0.3, 0.3)), at(x, y)]
            if rng.random() > share:
                lines.append(line)
                line = [at(x, y)]
        lines.append(line)
    for x in range(size):
        for y in range(1, size):
            if rng.random() < share:
                lines.append([at(x, y - 1), at(x + rng.uniform(-0.3, 0.3), y - 0.5), at(x, y)])
    return [line for line in lines if len(line) > 1 and rng.random() < share]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.5, 1.0))
def test_the_way_is_the_shortest_there_is(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    lines = town(rng, 6, share)
    graph = build([shapely.LineString(line) for line in lines])
    if graph is None:
        assert not lines
        return
    vertices = sorted({vertex for line in lines for vertex in line})
    begin = vertices[int(rng.integers(len(vertices)))]
    found = distances(graph, LngLat(*begin), *np.array(vertices).T)
    for end, way in zip(vertices, found, strict=True):
        wanted = plain(lines, begin, end)
        # In the middle of a piece a place is found by its share in the plane.
        assert np.isnan(way) if wanted == float("inf") else way == pytest.approx(wanted, abs=0.05), end


def test_it_is_as_far_there_as_back_and_never_nearer_than_straight() -> None:
    rng = np.random.default_rng(5)
    graph = build([shapely.LineString(line) for line in town(rng, 9, 0.8)])
    assert graph is not None
    lon, lat = rng.uniform(0, 8, (2, 60)) * STEP + np.array([[WEST], [SOUTH]])
    table = np.array([distances(graph, LngLat(x, y), lon, lat) for x, y in zip(lon, lat, strict=True)])
    assert np.isfinite(table).mean() > 0.5
    assert np.array_equal(np.isnan(table), np.isnan(table.T))
    assert np.nanmax(np.abs(table - table.T)) < 1e-6
    straight = GEOD.inv(*(np.repeat(c, 60) for c in (lon, lat)), *(np.tile(c, 60) for c in (lon, lat)))[2]
    away = np.isfinite(table.ravel())
    assert (table.ravel()[away] >= 0.997 * straight[away]).all()


def test_lines_that_only_cross_do_not_meet_and_one_that_ends_on_another_does() -> None:
    bridge, road, lane = [at(0, 1), at(4, 1)], [at(1, 0), at(1, 2)], [at(3, 1), at(3, 3)]
    graph = build(shapely.linestrings([bridge, road, lane]).tolist())
    assert graph is not None
    lon, lat = np.array([at(1, 2), at(3, 3)]).T
    over, to_lane = distances(graph, LngLat(*at(0, 1)), lon, lat)
    assert np.isnan(over)
    assert to_lane == pytest.approx(metres(at(0, 1), at(3, 1)) + metres(at(3, 1), at(3, 3)), abs=0.1)


def test_an_end_almost_on_a_street_is_on_it() -> None:
    (x, y), gap = at(2, 1), 0.3 / 111_000
    road, lane = [at(0, 1), at(4, 1)], [(x, y + gap), at(2, 3)]
    graph = build(shapely.linestrings([road, lane]).tolist())
    assert graph is not None
    found = distances(graph, LngLat(*at(0, 1)), *np.array([at(2, 3)]).T)
    assert found[0] == pytest.approx(metres(at(0, 1), at(2, 1)) + metres(at(2, 1), at(2, 3)), abs=1)
    far = build(shapely.linestrings([road, [(x, y + 10 * gap), at(2, 3)]]).tolist())
    assert far is not None
    assert np.isnan(distances(far, LngLat(*at(0, 1)), *np.array([at(2, 3)]).T)).all()


def test_both_on_one_street_need_no_corner() -> None:
    graph = build([shapely.LineString([at(0, 0), at(4, 0)])])
    assert graph is not None
    found = distances(graph, LngLat(*at(1, 0)), *np.array([at(3, 0), at(1, 0), at(0.5, 0)]).T)
    assert found == pytest.approx([metres(at(1, 0), at(3, 0)), 0, metres(at(1, 0), at(0.5, 0))], abs=0.1)


def test_a_ring_is_gone_round_the_shorter_way() -> None:
    ring = [at(0, 0), at(2, 0), at(2, 2), at(0, 2), at(0, 0)]
    graph = build([shapely.LineString(ring)])
    assert graph is not None
    found = distances(graph, LngLat(*at(1, 0)), *np.array([at(0, 1), at(0, 2)]).T)
    wanted = [
        metres(at(1, 0), at(0, 0)) + metres(at(0, 0), at(0, 1)),
        metres(at(1, 0), at(0, 0)) + metres(at(0, 0), at(0, 2)),
    ]
    assert found == pytest.approx(wanted, abs=0.2)


def test_what_is_far_from_every_street_is_off_the_network() -> None:
    graph = build([shapely.LineString([at(0, 0), at(4, 0)])])
    assert graph is not None
    off, near = at(1, (REACH_M + 20) / 222), at(1, 0.5)
    spots = snap(graph, *np.array([off, near]).T)
    assert spots.edge.tolist() == [-1, 0]
    assert spots.away_m[1] == pytest.approx(metres(near, at(1, 0)), rel=0.003)
    assert np.isnan(distances(graph, LngLat(*off), *np.array([near]).T)).all()
    assert np.isnan(distances(graph, LngLat(*near), *np.array([off]).T)).all()


@pytest.mark.parametrize(
    "lines",
    [
        [], [shapely.LineString()], [shapely.Point(1, 1)],
        [shapely.LineString([(116.3, 39.9), (116.3, 39.9)])], [shapely.MultiLineString()],
    ],
)  # fmt: skip
def test_nothing_gives_no_network(lines: list[Any]) -> None:
    assert build(lines) is None


def test_no_place_gives_no_distance() -> None:
    graph = build([shapely.LineString([at(0, 0), at(4, 0)])])
    assert graph is not None
    assert distances(graph, LngLat(*at(0, 0)), np.empty(0), np.empty(0)).shape == (0,)
