"""How far it is by streets from one place to many: the shortest way, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from spatial.grids.compiled import compiled
from spatial.streets.graph import Floats, Graph, Ints
from spatial.types import LngLat

REACH_M = 200.0
"""Whoever is farther from every street is not on the network."""


@dataclass(frozen=True)
class Spots:
    """Where places (n,) come onto the network; `edge` is -1 for those that are off it."""

    edge: Ints
    along_m: Floats
    """From the first end of the edge."""
    away_m: Floats
    """From the place to the street."""


def snap(graph: Graph, lon: Any, lat: Any) -> Spots:
    """Find the nearest street of each place (n,), degrees."""
    points = graph.plane(lon, lat)
    asked, found = graph.tree.query_nearest(points, max_distance=REACH_M, all_matches=False)
    edge = np.full(len(points), -1, np.int64)
    along_m, away_m = np.zeros(len(points)), np.zeros(len(points))
    lines, at = graph.lines[found], points[asked]
    edge[asked] = found
    share = shapely.line_locate_point(lines, at, normalized=True)
    along_m[asked] = share * graph.length_m[found]
    away_m[asked] = shapely.distance(lines, at)
    return Spots(edge, along_m, away_m)


def distances(graph: Graph, point: LngLat, lon: Any, lat: Any) -> Floats:
    """Measure from a point to places (n,), degrees: metres by the shortest way, there and to the street.

    NaN for a place that is off the network, or that no street leads to.
    """
    spots = snap(graph, np.append(lon, point.lon), np.append(lat, point.lat))
    measured = np.full(len(spots.edge) - 1, np.nan)
    begin = int(spots.edge[-1])
    if begin < 0:
        return measured
    part = graph.part[graph.ends[spots.edge, 0]]
    there = (spots.edge[:-1] >= 0) & (part[:-1] == part[-1])
    edge, along = spots.edge[:-1][there], spots.along_m[:-1][there]
    from_corner = _spread(graph, begin, float(spots.along_m[-1]), np.unique(graph.ends[edge]))
    a, b = graph.ends[edge].T
    way = np.minimum(from_corner[a] + along, from_corner[b] + graph.length_m[edge] - along)
    same = edge == begin
    way[same] = np.minimum(way[same], np.abs(along[same] - spots.along_m[-1]))
    measured[there] = way + spots.away_m[:-1][there] + spots.away_m[-1]
    return measured


def _spread(graph: Graph, edge: int, along_m: float, wanted: Ints) -> Floats:
    """Measure to the corners that are wanted, at least, from a place on an edge."""
    a, b = graph.ends[edge]
    marks = np.zeros(graph.corners, np.bool_)
    marks[wanted] = True
    rest = float(graph.length_m[edge]) - along_m
    return _walk(graph.ends, graph.length_m, graph.first, graph.way, a, along_m, b, rest, marks, len(wanted))


@compiled
def _push(heap: list[tuple[float, int]], far: float, corner: int) -> None:
    heap.append((far, corner))
    place = len(heap) - 1
    while place > 0:
        up = (place - 1) >> 1
        if heap[up][0] <= heap[place][0]:
            break
        heap[up], heap[place] = heap[place], heap[up]
        place = up


@compiled
def _sink(heap: list[tuple[float, int]]) -> None:
    place = 0
    while True:
        down = 2 * place + 1
        if down >= len(heap):
            return
        if down + 1 < len(heap) and heap[down + 1][0] < heap[down][0]:
            down += 1
        if heap[place][0] <= heap[down][0]:
            return
        heap[down], heap[place] = heap[place], heap[down]
        place = down


@compiled
def _pop(heap: list[tuple[float, int]]) -> tuple[float, int]:
    top = heap[0]
    last = heap.pop()
    if len(heap) > 0:
        heap[0] = last
        _sink(heap)
    return top


@compiled
def _walk(
    ends: Ints, length_m: Floats, first: Ints, way: Ints, a: int, to_a: float, b: int, to_b: float,
    marks: Any, left: int,
) -> Floats:  # fmt: skip
    """Dijkstra with a binary heap; ends when all that is marked has its distance."""
    corners = first.shape[0] - 1
    distance = np.full(corners, np.inf)
    is_done = np.zeros(corners, np.bool_)
    heap = [(to_a, a), (to_b, b)]
    if to_b < to_a:
        heap[0], heap[1] = heap[1], heap[0]
    distance[a] = to_a
    distance[b] = min(distance[b], to_b)
    while len(heap) > 0 and left > 0:
        far, corner = _pop(heap)
        if is_done[corner]:
            continue
        is_done[corner] = True
        if marks[corner]:
            left -= 1
        for place in range(first[corner], first[corner + 1]):
            edge = way[place]
            to = ends[edge, 1] if ends[edge, 0] == corner else ends[edge, 0]
            longer = far + length_m[edge]
            if longer < distance[to]:
                distance[to] = longer
                _push(heap, longer, to)
    return distance
