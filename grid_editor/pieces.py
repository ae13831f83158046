"""Pieces as arcs and polygons: the way to the exact engine of `spatial.geometry` and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from grid_editor.change import OUTSIDE, Piece, in_order
from spatial.geometry.arcs import Arcs, UnitArray, build_polygons, is_counter_clockwise
from spatial.geometry.precision import IntArray, from_nano

Box = tuple[int, int, int, int]
"""West, south, east, north in nano-degrees."""


def canonical(points: Any, left: str, right: str) -> Piece:
    """Make a piece of vertices (n, 2) that run between two nodes, or around from a node, either way."""
    line = np.asarray(points, np.int64)
    first, last = line[0].tolist(), line[-1].tolist()
    forward = is_counter_clockwise(line[:-1]) if first == last else first < last
    return Piece.of(line, left, right) if forward else Piece.of(line[::-1], right, left)


def canonical_ring(points: Any, left: str, right: str) -> Piece:
    """Make the piece of a closed border (first vertex repeated at the end) that meets no other."""
    ring = np.asarray(points, np.int64)[:-1]
    at = int(np.lexsort((ring[:, 1], ring[:, 0]))[0])
    return canonical(np.concatenate([ring[at:], ring[: at + 1]]), left, right)


def to_arcs(pieces: Sequence[Piece], index: Mapping[str, int]) -> Arcs:
    """Make arcs of pieces; a side that `index` does not know reads outside (-1)."""
    if not pieces:
        none, pairs = np.empty(0, np.int32), np.empty((0, 2), np.int64)
        return Arcs(pairs, np.zeros(1, np.int64), none, none, none, none, pairs)
    sizes = np.array([len(piece.coords) // 16 for piece in pieces])
    coords = np.frombuffer(b"".join(piece.coords for piece in pieces), "<i8").reshape(-1, 2)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    left, right = _sides(pieces, index)
    start, end, nodes = _nodes(pieces)
    return Arcs(coords, offsets, left, right, start, end, nodes)


def _nodes(pieces: Sequence[Piece]) -> tuple[UnitArray, UnitArray, IntArray]:
    number: dict[bytes, int] = {}
    start = [number.setdefault(piece.coords[:16], len(number)) for piece in pieces]
    end = [number.setdefault(piece.coords[-16:], len(number)) for piece in pieces]
    nodes = np.frombuffer(b"".join(number), "<i8").reshape(-1, 2)
    return np.array(start, np.int32), np.array(end, np.int32), nodes


def _sides(pieces: Sequence[Piece], index: Mapping[str, int]) -> tuple[UnitArray, UnitArray]:
    left = np.array([index.get(piece.left, -1) for piece in pieces], np.int32)
    return left, np.array([index.get(piece.right, -1) for piece in pieces], np.int32)


def from_arcs(arcs: Arcs, ids: Sequence[str]) -> list[Piece]:
    """Make the pieces of arcs whose unit indexes stand for `ids`."""
    names = [*ids, OUTSIDE]
    content = np.ascontiguousarray(arcs.coords, "<i8").tobytes()
    cuts = (arcs.offsets * 16).tolist()
    sides = zip(arcs.left.tolist(), arcs.right.tolist(), strict=True)
    return [
        Piece(content[start:end], names[left], names[right])
        for start, end, (left, right) in zip(cuts[:-1], cuts[1:], sides, strict=True)
    ]


def polygon_of(pieces: Iterable[Piece], units: frozenset[str]) -> Any:
    """Build the MultiPolygon (EPSG:4326 degrees) of what lies in `units`; pieces inside it are left out."""
    border = (piece for piece in pieces if (piece.left in units) != (piece.right in units))
    return build_polygons(to_arcs(sorted(border, key=in_order), dict.fromkeys(units, 0)), 1)[0]


def polygons_of(pieces: Sequence[Piece], units: Sequence[str]) -> list[Any]:
    """Build the MultiPolygon (EPSG:4326 degrees) of each of some base units from all their pieces."""
    return build_polygons(to_arcs(pieces, {unit: i for i, unit in enumerate(units)}), len(units))


def lines_of(pieces: Sequence[Piece]) -> Any:
    """Make LineStrings (EPSG:4326 degrees) of pieces."""
    sizes = [len(piece.coords) // 16 for piece in pieces]
    coords = np.frombuffer(b"".join(piece.coords for piece in pieces), "<i8").reshape(-1, 2)
    return shapely.linestrings(from_nano(coords), indices=np.repeat(np.arange(len(pieces)), sizes))


def box_of(pieces: Iterable[Piece]) -> Box:
    """Give the box around some pieces, at least one."""
    points: IntArray = np.concatenate([piece.points for piece in pieces])
    west, south = points.min(axis=0).tolist()
    east, north = points.max(axis=0).tolist()
    return west, south, east, north


def boxes_of(pieces: Sequence[Piece]) -> IntArray:
    """Give the box around every piece, (n, 4)."""
    if not pieces:
        return np.empty((0, 4), np.int64)
    sizes = np.array([len(piece.coords) // 16 for piece in pieces])
    points = np.frombuffer(b"".join(piece.coords for piece in pieces), "<i8").reshape(-1, 2)
    starts = np.cumsum(sizes) - sizes
    return np.hstack([np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)])


def box_shape(box: Box) -> Any:
    """Give a box as a polygon (nano-degrees as doubles), half a step wider: a single place is a box, too."""
    west, south, east, north = box
    return shapely.box(west - 0.5, south - 0.5, east + 0.5, north + 0.5)


def boxes_meet(one: Box, other: Box) -> bool:
    """Tell whether two boxes have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
