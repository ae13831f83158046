"""Coverages as nodes and arcs (节点、弧段): every border is stored once, with the unit on its left and right.

Polygons and parents are derived from the arcs. All of it is exact: vertices are whole nano-degrees
(`spatial.geometry.precision`), and no coordinate is computed, only chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.errors import InvalidInput, Problem
from spatial.geometry.precision import FloatArray, IntArray, from_nano, to_nano
from spatial.geometry.rings import assemble_polygons, close_rings

UnitArray = npt.NDArray[np.int32]
OUTSIDE = -1
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Arcs:
    """The arcs of one coverage; arc i runs over coords[offsets[i]:offsets[i + 1]], both ends included.

    Canonical direction: from the lexicographically smaller end node (lon, then lat) to the larger; a closed
    arc runs counter-clockwise. A node is a point where arcs meet; an arc that meets no other is a ring that
    starts at its smallest vertex.
    """

    coords: IntArray
    """(n, 2) nano-degrees lon, lat."""
    offsets: IntArray
    """(m + 1,)."""
    left: UnitArray
    """(m,) index of the unit on the left, or -1 outside the coverage."""
    right: UnitArray
    """(m,) index of the unit on the right, or -1 outside the coverage."""
    start_node: UnitArray
    """(m,) index into nodes."""
    end_node: UnitArray
    """(m,) index into nodes."""
    nodes: IntArray
    """(k, 2) nano-degrees lon, lat."""

    def __len__(self) -> int:
        return len(self.left)

    def lonlat(self, arc: int) -> FloatArray:
        """Give the vertices of one arc in degrees, (n, 2)."""
        return from_nano(self.coords[self.offsets[arc] : self.offsets[arc + 1]])


@dataclass(frozen=True)
class _Rings:
    """The rings of all units, interior on the left, vertices one after another, not closed."""

    vertex: IntArray
    """(n,) index into table, which is sorted by lon, lat."""
    successor: IntArray
    """(n,) position of the next vertex in the same ring."""
    ring: IntArray
    """(n,) ring of each vertex."""
    starts: IntArray
    """(r,) position of the first vertex of each ring."""
    unit: UnitArray
    """(r,) unit of each ring."""
    table: IntArray
    """(v, 2) nano-degrees of the different vertices."""


def build_arcs(polygons: Sequence[Any] | npt.NDArray[np.object_]) -> Arcs:
    """Take the arcs out of edge-matched polygons.

    polygons: Shapely Polygon or MultiPolygon per unit, lon/lat degrees on the precision grid, borders noded
    (a neighbour's corner is a vertex of both). Empty polygons, and no polygons at all, give no arcs.
    Raises InvalidInput that names unit indexes and place when an edge has two units on one side.
    """
    rings = _read_rings(polygons)
    if not len(rings.vertex):
        return _no_arcs()
    edge, is_node = _edges(rings)
    return _pieces_to_arcs(rings, _cut_at_nodes(rings, edge, is_node))


def _no_arcs() -> Arcs:
    none = np.empty(0, np.int32)
    pairs = np.empty((0, 2), np.int64)
    return Arcs(pairs, np.zeros(1, np.int64), none, none, none, none, pairs)


def _read_rings(polygons: Sequence[Any] | npt.NDArray[np.object_]) -> _Rings:
    units = np.asarray(polygons, dtype=object)
    wrong = np.flatnonzero(~np.isin(shapely.get_type_id(units), (3, 6)))
    if len(wrong):
        raise InvalidInput.at(f"unit {wrong[0]}", "is not a polygon")
    parts, unit_of_part = shapely.get_parts(shapely.orient_polygons(units), return_index=True)
    lines, part_of_ring = shapely.get_rings(parts, return_index=True)
    lonlat, ring = shapely.get_coordinates(lines, return_index=True)
    nano = to_nano(lonlat)
    # A vertex that repeats its successor goes; so does the closing one, which has no successor in its ring.
    keep = np.zeros(len(nano), bool)
    keep[:-1] = (ring[1:] == ring[:-1]) & (nano[1:] != nano[:-1]).any(axis=1)
    return _index_rings(nano[keep], ring[keep], unit_of_part[part_of_ring].astype(np.int32))


def _index_rings(nano: IntArray, ring: IntArray, unit_of_ring: UnitArray) -> _Rings:
    sizes = np.bincount(ring, minlength=len(unit_of_ring))
    if (sizes < 3).any():
        at = int(unit_of_ring[np.flatnonzero(sizes < 3)[0]])
        raise InvalidInput.at(f"unit {at}", "has a ring of fewer than three different vertices")
    starts = np.cumsum(sizes) - sizes
    successor = np.arange(1, len(nano) + 1)
    successor[starts + sizes - 1] = starts
    vertex, table = _number_vertices(nano)
    return _Rings(vertex, successor, ring, starts, unit_of_ring, table)


def _number_vertices(nano: IntArray) -> tuple[IntArray, IntArray]:
    lons, lon_index = np.unique(nano[:, 0], return_inverse=True)
    lats, lat_index = np.unique(nano[:, 1], return_inverse=True)
    keys, vertex = np.unique(lon_index * max(len(lats), 1) + lat_index, return_inverse=True)
    return vertex, np.stack([lons[keys // max(len(lats), 1)], lats[keys % max(len(lats), 1)]], axis=1)


def _edges(rings: _Rings) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Number the undirected edges; give each ring vertex its outgoing edge, and each vertex its nodeness."""
    tail, head = rings.vertex, rings.vertex[rings.successor]
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    keys, edge = np.unique(low * len(rings.table) + high, return_inverse=True)
    _refuse_shared_sides(rings, edge, tail < head)
    ends = np.concatenate([keys // len(rings.table), keys % len(rings.table)])
    return edge, np.bincount(ends, minlength=len(rings.table)) != 2


def _refuse_shared_sides(rings: _Rings, edge: IntArray, forward: npt.NDArray[np.bool_]) -> None:
    unit = rings.unit[rings.ring]
    order = np.argsort(edge * 2 + forward, kind="stable")
    same_edge = edge[order][1:] == edge[order][:-1]
    same_side = forward[order][1:] == forward[order][:-1]
    same_unit = unit[order][1:] == unit[order][:-1]
    clashes = np.flatnonzero(same_edge & (same_side | same_unit))
    if len(clashes):
        pairs = [(int(order[i]), int(order[i + 1])) for i in clashes[:_MOST_PROBLEMS]]
        raise InvalidInput([_clash(rings, unit, one, other) for one, other in pairs])


def _clash(rings: _Rings, unit: UnitArray, one: int, other: int) -> Problem:
    lon, lat = from_nano(rings.table[rings.vertex[[one, rings.successor[one]]]]).mean(axis=0)
    units = sorted({int(unit[one]), int(unit[other])})
    where = "unit " + ", ".join(map(str, units))
    if len(units) == 1:
        return Problem(where, f"borders on itself at {lon:.9f}, {lat:.9f}")
    return Problem(where, f"lie on the same side of the edge at {lon:.9f}, {lat:.9f}")


@dataclass(frozen=True)
class _Pieces:
    """Rings cut at the nodes: each arc once per unit beside it."""

    order: IntArray
    """(n,) ring positions, every ring turned so that it starts at a cut."""
    starts: IntArray
    """(p,) where in order each piece starts."""
    sizes: IntArray
    """(p,) edges of each piece."""
    key: IntArray
    """(p,) the same number for the two pieces of one arc."""
    unit: UnitArray
    """(p,) the unit on the left of each piece."""


def _cut_at_nodes(rings: _Rings, edge: IntArray, is_node: npt.NDArray[np.bool_]) -> _Pieces:
    count = len(rings.vertex)
    position = np.arange(count)
    at_node = is_node[rings.vertex]
    # A ring starts at its first node; without one, at its smallest vertex, the same seen from both sides.
    score = np.where(at_node, position, count + rings.vertex)
    best = np.minimum.reduceat(score, rings.starts)[rings.ring]
    shift = np.flatnonzero(score == best) - rings.starts
    sizes = np.diff(np.append(rings.starts, count))
    begin = rings.starts[rings.ring]
    order = begin + (position - begin + shift[rings.ring]) % sizes[rings.ring]
    cut = at_node[order]
    cut[rings.starts] = True
    starts = np.flatnonzero(cut)
    key = np.minimum.reduceat(edge[order], starts)
    return _Pieces(order, starts, np.diff(np.append(starts, count)), key, rings.unit[rings.ring[starts]])


def _pieces_to_arcs(rings: _Rings, pieces: _Pieces) -> Arcs:
    forward = _runs_canonically(rings, pieces)
    _, representative, arc = np.unique(pieces.key, return_index=True, return_inverse=True)
    sides = np.full((2, len(representative)), OUTSIDE, np.int32)
    sides[np.where(forward, 0, 1), arc] = pieces.unit
    vertices, offsets = _gather(rings, pieces, representative, forward[representative])
    first, second, last = vertices[offsets[:-1]], vertices[offsets[:-1] + 1], vertices[offsets[1:] - 1]
    rank = np.lexsort((second, last, first))
    picks, sorted_offsets = _rows(offsets[rank], np.diff(offsets)[rank])
    used, ends = np.unique(np.concatenate([first[rank], last[rank]]), return_inverse=True)
    start_node, end_node = ends.astype(np.int32).reshape(2, -1)
    coords = rings.table[vertices[picks]]
    return Arcs(
        coords, sorted_offsets, sides[0][rank], sides[1][rank], start_node, end_node, rings.table[used]
    )


def _runs_canonically(rings: _Rings, pieces: _Pieces) -> npt.NDArray[np.bool_]:
    first = rings.vertex[pieces.order[pieces.starts]]
    last = rings.vertex[rings.successor[pieces.order[pieces.starts + pieces.sizes - 1]]]
    forward: npt.NDArray[np.bool_] = first < last
    for piece in np.flatnonzero(first == last):
        at = pieces.order[pieces.starts[piece] : pieces.starts[piece] + pieces.sizes[piece]]
        forward[piece] = is_counter_clockwise(rings.table[rings.vertex[at]])
    return forward


def is_counter_clockwise(ring: IntArray) -> bool:
    """Tell exactly how a simple ring (n, 2) of nano-degrees, not closed, runs: by its smallest vertex."""
    at = int(np.lexsort((ring[:, 1], ring[:, 0]))[0])
    (ax, ay), (bx, by), (cx, cy) = (
        (int(x), int(y)) for x, y in (ring[at - 1], ring[at], ring[(at + 1) % len(ring)])
    )
    return (bx - ax) * (cy - by) - (by - ay) * (cx - bx) > 0


def _gather(
    rings: _Rings, pieces: _Pieces, chosen: IntArray, forward: npt.NDArray[np.bool_]
) -> tuple[IntArray, IntArray]:
    """Give the vertices of the chosen pieces in canonical direction, both ends included."""
    sizes = pieces.sizes[chosen] + 1
    rows, offsets = _rows(np.zeros(len(chosen), np.int64), sizes)
    piece = np.repeat(np.arange(len(chosen)), sizes)
    step = np.where(forward[piece], rows, sizes[piece] - 1 - rows)
    is_end = step == sizes[piece] - 1
    position = pieces.order[pieces.starts[chosen][piece] + step - is_end]
    return rings.vertex[np.where(is_end, rings.successor[position], position)], offsets


def _rows(starts: IntArray, sizes: IntArray) -> tuple[IntArray, IntArray]:
    """Give the indexes start, start + 1 … of every row, one row after another, and the rows' offsets."""
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], sizes), offsets


def build_polygons(arcs: Arcs, n_units: int) -> list[Any]:
    """Derive the MultiPolygon of every unit: shells counter-clockwise, holes clockwise, EPSG:4326 degrees.

    Parts that touch at a point stay parts and a hole that touches its shell stays a hole. A unit without
    arcs gives an empty MultiPolygon. Raises InvalidInput when the arcs of a unit do not close.
    """
    chains = _chains(arcs)
    rings: list[list[tuple[int, bool]]] = []
    owner: list[int] = []
    for unit in sorted(chains):
        closed = close_rings(arcs, chains[unit], unit)
        rings += closed
        owner += [unit] * len(closed)
    return assemble_polygons(arcs, rings, owner, n_units)


def _chains(arcs: Arcs) -> dict[int, list[tuple[int, bool]]]:
    """List for each unit its arcs in the direction that has the unit on the left."""
    chains: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for arc, (left, right) in enumerate(zip(arcs.left.tolist(), arcs.right.tolist(), strict=True)):
        if left != OUTSIDE:
            chains[left].append((arc, True))
        if right != OUTSIDE:
            chains[right].append((arc, False))
    return chains


def dissolve(arcs: Arcs, parent_of: npt.ArrayLike) -> Arcs:
    """Give the arcs of the parents: inner arcs go, and arcs that then simply continue are joined.

    parent_of: int32 (n_units,), the parent's index of every unit; -1 puts a unit outside.
    """
    parent = np.append(np.asarray(parent_of, np.int32), np.int32(OUTSIDE))
    left, right = parent[arcs.left], parent[arcs.right]
    outer = np.flatnonzero(left != right)
    picks, offsets = _rows(arcs.offsets[outer], np.diff(arcs.offsets)[outer])
    kept = Arcs(
        arcs.coords[picks], offsets, left[outer], right[outer],
        arcs.start_node[outer], arcs.end_node[outer], arcs.nodes,
    )  # fmt: skip
    return build_arcs(build_polygons(kept, int(parent.max(initial=OUTSIDE)) + 1))
