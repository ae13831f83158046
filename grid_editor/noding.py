"""Cut arcs by lines on the precision grid: snap rounding, exact, in whole nano-degrees.

Crossings are rounded to the grid, and whatever passes through the unit square around such a crossing, or
around a vertex of a line, runs through it from then on (Hobby 1999; Halperin and Packer 2002). Arcs are noded
among each other already and are not asked again, so nothing moves but where a line comes near.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from grid_editor.change import Piece
from spatial.errors import InvalidInput
from spatial.geometry.precision import IntArray

Vertex = tuple[int, int]
"""Lon and lat in nano-degrees."""
Line = tuple[Vertex, ...]
SNAP_NANO = 100
"""About a centimetre: what is drawn this near to a border is meant to lie on it."""
_DENSE = 400_000


@dataclass(frozen=True)
class Chain:
    """A part of an arc, or an edge of a line (`of` is None), between two places where something may meet."""

    points: Line
    left: str
    right: str
    of: Piece | None = None


@dataclass(frozen=True)
class Noded:
    """Chains that meet at their ends only."""

    chains: tuple[Chain, ...]
    fresh: frozenset[tuple[Piece, Vertex]]
    """Vertices that an arc did not have before."""


def vertices(piece: Piece) -> Line:
    """Give the vertices of a piece."""
    return tuple(map(tuple, piece.points.tolist()))


def node(pieces: Sequence[Piece], lines: Sequence[Line]) -> Noded:
    """Cut pieces, and lines with two vertices or more, where they meet.

    Raises InvalidInput where two borders fall into one on the grid.
    """
    cutters = [edge for line in lines for edge in pairwise(line) if edge[0] != edge[1]]
    borders = _Borders.near(pieces, cutters)
    crossings, on_cutter, on_border = _crossings(cutters, borders)
    hot = sorted({end for edge in cutters for end in edge} | crossings)
    _pass_through(sorted({*hot, *borders.vertices}), cutters, on_cutter)
    _pass_through(hot, borders.edges, on_border)
    new_edges = {_undirected(*edge) for i in range(len(cutters)) for edge in _noded(cutters[i], on_cutter[i])}
    meetings = {end for edge in new_edges for end in edge}
    chains, fresh = _cut(pieces, borders, on_border, meetings)
    taken = {_undirected(*chain.points) for chain in chains if len(chain.points) == 2}
    chains += [Chain(edge, "", "") for edge in sorted(new_edges - taken)]
    return Noded(tuple(chains), frozenset(fresh))


@dataclass(frozen=True)
class _Borders:
    """The edges of pieces that lie where the lines are."""

    edges: list[tuple[Vertex, Vertex]]
    place: list[tuple[int, int]]
    """Piece, and edge in it, of each."""

    @classmethod
    def near(cls, pieces: Sequence[Piece], cutters: Sequence[tuple[Vertex, Vertex]]) -> _Borders:
        if not cutters or not pieces:
            return cls([], [])
        ends = np.array(cutters).reshape(-1, 2)
        low, high = ends.min(axis=0) - 1, ends.max(axis=0) + 1
        edges, place = [], []
        for number, piece in enumerate(pieces):
            points = piece.points
            first, second = points[:-1], points[1:]
            meets = (np.minimum(first, second) <= high) & (np.maximum(first, second) >= low)
            at = np.flatnonzero(meets.all(axis=1))
            edges += [
                (tuple(a), tuple(b)) for a, b in zip(first[at].tolist(), second[at].tolist(), strict=True)
            ]
            place += [(number, i) for i in at.tolist()]
        return cls(edges, place)

    @property
    def vertices(self) -> set[Vertex]:
        return {end for edge in self.edges for end in edge}


_Passed = dict[int, set[Vertex]]


def _crossings(
    cutters: Sequence[tuple[Vertex, Vertex]], borders: _Borders
) -> tuple[set[Vertex], _Passed, _Passed]:
    """Find where lines cross borders and themselves, with both edges that run through it."""
    found: set[Vertex] = set()
    on_cutter: _Passed = defaultdict(set)
    on_border: _Passed = defaultdict(set)
    for i, j in _overlapping(cutters, borders.edges):
        if at := crossing(*cutters[i], *borders.edges[j]):
            found.add(at)
            on_cutter[i].add(at)
            on_border[j].add(at)
    for i, j in _overlapping(cutters, cutters):
        if i < j and (at := crossing(*cutters[i], *cutters[j])):
            found.add(at)
            on_cutter[i].add(at)
            on_cutter[j].add(at)
    return found, on_cutter, on_border


def crossing(a: Vertex, b: Vertex, c: Vertex, d: Vertex) -> Vertex | None:
    """Give the grid point nearest to where two edges cross inside both, or None; exact."""
    from_c, from_d = _cross(c, d, a), _cross(c, d, b)
    if (from_c > 0) == (from_d > 0) or not from_c or not from_d:
        return None
    if _cross(a, b, c) * _cross(a, b, d) >= 0:
        return None
    part, whole = (from_c, from_c - from_d) if from_c > from_d else (-from_c, from_d - from_c)
    return (
        (2 * (a[0] * whole + (b[0] - a[0]) * part) + whole) // (2 * whole),
        (2 * (a[1] * whole + (b[1] - a[1]) * part) + whole) // (2 * whole),
    )


def _cross(a: Vertex, b: Vertex, p: Vertex) -> int:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _boxes(edges: Sequence[tuple[Vertex, Vertex]]) -> IntArray:
    ends = np.array(edges, np.int64).reshape(-1, 2, 2)
    return np.hstack([ends.min(axis=1), ends.max(axis=1)])


def _overlapping(
    one: Sequence[tuple[Vertex, Vertex]], other: Sequence[tuple[Vertex, Vertex]]
) -> Iterable[tuple[int, int]]:
    """Give the pairs of edges whose boxes meet."""
    if not one or not other:
        return []
    return zip(*_meeting_boxes(_boxes(one), _boxes(other)), strict=True)


def _meeting_boxes(one: IntArray, other: IntArray) -> tuple[list[int], list[int]]:
    if len(one) * len(other) <= _DENSE:
        meet = (one[:, None, :2] <= other[None, :, 2:]).all(axis=2)
        meet &= (other[None, :, :2] <= one[:, None, 2:]).all(axis=2)
        first, second = np.nonzero(meet)
    else:
        first, second = shapely.STRtree(shapely.box(*other.T)).query(shapely.box(*one.T))
    return first.tolist(), second.tolist()


def _pass_through(points: Sequence[Vertex], edges: Sequence[tuple[Vertex, Vertex]], passed: _Passed) -> None:
    """Note for every edge the points whose unit squares it meets.

    A square has its left and its lower side only, so that every place is in one: an edge through the corner
    of four would turn aside to all of them, and cross another that does.
    """
    if not edges:
        return
    at = np.array(points, np.int64)
    for edge, point in zip(*_meeting_boxes(_boxes(edges), np.hstack([at, at])), strict=True):
        a, b = edges[edge]
        p = points[point]
        dx, dy, off = b[0] - a[0], b[1] - a[1], 2 * _cross(a, b, p)
        # At the very limit the edge meets a corner, which is ours if it is the lower left one.
        if abs(off) < abs(dx) + abs(dy) or (off == dx - dy and abs(off) == abs(dx) + abs(dy)):
            passed[edge].add(p)


def _noded(edge: tuple[Vertex, Vertex], passed: set[Vertex]) -> Iterable[tuple[Vertex, Vertex]]:
    return pairwise(_in_order(edge, passed))


def _in_order(edge: tuple[Vertex, Vertex], passed: set[Vertex]) -> list[Vertex]:
    """Order the points of an edge from its beginning to its end, both included."""
    a, b = edge
    dx, dy = b[0] - a[0], b[1] - a[1]
    between = sorted(
        passed - {a, b}, key=lambda p: (dx * (p[0] - a[0]) + dy * (p[1] - a[1]), _cross(a, b, p))
    )
    return [a, *between, b]


def _undirected(one: Vertex, other: Vertex) -> tuple[Vertex, Vertex]:
    return (one, other) if one < other else (other, one)


def _cut(
    pieces: Sequence[Piece], borders: _Borders, on_border: _Passed, meetings: set[Vertex]
) -> tuple[list[Chain], set[tuple[Piece, Vertex]]]:
    inserted: dict[int, dict[int, set[Vertex]]] = defaultdict(dict)
    for edge, passed in on_border.items():
        number, at = borders.place[edge]
        inserted[number][at] = passed
    chains: list[Chain] = []
    fresh: set[tuple[Piece, Vertex]] = set()
    for number, piece in enumerate(pieces):
        given = vertices(piece)
        line = _with_inserted(given, inserted[number]) if number in inserted else given
        fresh |= {(piece, vertex) for vertex in {*line} - {*given}}
        chains += [Chain(part, piece.left, piece.right, piece) for part in _split(line, meetings)]
    _refuse_collapsed(chains)
    return chains, fresh


def _with_inserted(line: Line, inserted: dict[int, set[Vertex]]) -> Line:
    longer: list[Vertex] = [line[0]]
    for at, edge in enumerate(pairwise(line)):
        longer += _in_order(edge, inserted.get(at, set()))[1:]
    return tuple(longer)


def _split(line: Line, meetings: set[Vertex]) -> Iterable[Line]:
    cuts = [0, *(i for i in range(1, len(line) - 1) if line[i] in meetings), len(line) - 1]
    return (line[start : end + 1] for start, end in pairwise(cuts))


def _refuse_collapsed(chains: Sequence[Chain]) -> None:
    seen: set[tuple[Vertex, Vertex]] = set()
    for chain in chains:
        if len(chain.points) == 2:
            edge = _undirected(*chain.points)
            if edge in seen:
                lon, lat = (value / 1e9 for value in edge[0])
                raise InvalidInput.at(
                    "line",
                    f"two borders would fall into one at {lon:.9f}, {lat:.9f}; draw a little farther off",
                )
            seen.add(edge)


def snap_line(line: Line, pieces: Sequence[Piece]) -> Line:
    """Move the vertices of a line that lie within a centimetre of a border onto it, to its vertices first."""
    return snap_lines([line], pieces)[0]


def snap_lines(lines: Sequence[Line], pieces: Sequence[Piece]) -> list[Line]:
    """Do so with many lines: an import has as many as there are units."""
    low = np.array([piece.points.min(axis=0) for piece in pieces]).reshape(-1, 2) - SNAP_NANO
    high = np.array([piece.points.max(axis=0) for piece in pieces]).reshape(-1, 2) + SNAP_NANO
    # Whole nano-degrees are exact in doubles.
    tree = shapely.STRtree(shapely.box(*low.T.astype(np.float64), *high.T.astype(np.float64)))
    return [_snapped(line, pieces, tree) for line in lines]


def _snapped(line: Line, pieces: Sequence[Piece], tree: Any) -> Line:
    near: list[list[Piece]] = [[] for _ in line]
    for vertex, piece in tree.query(shapely.points(np.array(line, np.float64))).T.tolist():
        near[vertex].append(pieces[piece])
    thinned: list[Vertex] = []
    for vertex, here in zip(line, near, strict=True):
        found = nearest(vertex, here, SNAP_NANO)
        moved = vertex if found is None else found.at
        if not thinned or thinned[-1] != moved:
            thinned.append(moved)
    return tuple(thinned)


@dataclass(frozen=True)
class Spot:
    """A place on an arc."""

    piece: Piece
    index: int
    """Number of the vertex, or of the edge that it lies on."""
    at: Vertex
    is_vertex: bool


def nearest(
    vertex: Vertex, pieces: Iterable[Piece], within_nano: int, vertex_nano: int | None = None
) -> Spot | None:
    """Find the nearest vertex of some arcs, else the nearest place on an edge; None when there is none.

    within_nano: how far away an edge may be; vertex_nano: how far a vertex, the same unless told.
    """
    reach = within_nano if vertex_nano is None else vertex_nano
    at_vertex: list[tuple[float, Piece, _Near]] = []
    on_edge: list[tuple[float, Piece, _Near]] = []
    for piece in pieces:
        away = (piece.points - np.array(vertex)).astype(np.float64)
        for found, near, limit in (
            (at_vertex, _at_vertex(away), reach),
            (on_edge, _on_edge(away), within_nano),
        ):
            if near[0] <= limit:
                found.append((near[0], piece, near))
    if not at_vertex and not on_edge:
        return None
    _, piece, (_, index, offset) = min(at_vertex or on_edge, key=lambda found: found[:2])
    return Spot(piece, index, _moved(vertex, offset), bool(at_vertex))


def _moved(vertex: Vertex, offset: npt.NDArray[np.float64]) -> Vertex:
    return vertex[0] + round(float(offset[0])), vertex[1] + round(float(offset[1]))


_Near = tuple[float, int, npt.NDArray[np.float64]]


def _at_vertex(away: npt.NDArray[np.float64]) -> _Near:
    distances = np.hypot(*away.T)
    at = int(distances.argmin())
    return float(distances[at]), at, away[at]


def _on_edge(away: npt.NDArray[np.float64]) -> _Near:
    """Drop perpendiculars from the origin to all edges and choose the shortest."""
    along = np.diff(away, axis=0)
    part = -(away[:-1] * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1.0)
    foot = away[:-1] + np.clip(part, 0.0, 1.0)[:, None] * along
    distances = np.hypot(*foot.T)
    at = int(distances.argmin())
    return float(distances[at]), at, foot[at]
