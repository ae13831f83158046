"""Make the tables of a locate index from arcs (NumPy around the kernels of `locate_build`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from spatial.errors import InvalidInput
from spatial.geometry.arcs import OUTSIDE, Arcs
from spatial.geometry.precision import from_nano
from spatial.grids import locate_build
from spatial.grids.locate_kernels import metres_per_degree

_CELLS_PER_EDGE = 16
_ALIGNMENT = 64
_SMALLEST_CELL_DEGREES = 1e-8
_NEAR_BLOCKS = 256
_CHUNK = 8
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_MOST_TRIES = 64


def make_tables(arcs: Arcs, codes: Sequence[str], tolerance_m: float, max_cells: int) -> tuple[Any, Any]:
    """Compile arcs into one buffer of bytes and its layout (see `locate_kernels.unpack`)."""
    _check(arcs, len(codes))
    rank = np.empty(len(codes), np.int32)
    rank[sorted(range(len(codes)), key=codes.__getitem__)] = np.arange(len(codes))
    edges = _edges(arcs, rank)
    records = edges.view(np.int32)
    frame, shape = _frame(edges, max_cells)
    cells, *rest = _raster(edges, records, frame, shape, len(codes))
    near = _near(edges, records, frame, tolerance_m)
    return _pack([frame, shape, cells, edges, *rest, *near, *_chunks(edges, records, len(codes)), rank])


def _pack(arrays: list[Any]) -> tuple[Any, Any]:
    starts, end = [], 0
    for array in arrays:
        starts.append((end, end + array.nbytes))
        end += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    buffer = np.zeros(end, np.uint8)
    for array, (start, stop) in zip(arrays, starts, strict=True):
        buffer[start:stop] = np.ascontiguousarray(array).view(np.uint8).ravel()
    layout = np.array(starts, np.int64)
    buffer.setflags(write=False)
    layout.setflags(write=False)
    return buffer, layout


def _check(arcs: Arcs, n_units: int) -> None:
    sides = np.stack([arcs.left, arcs.right])
    if sides.size and (sides.max() >= n_units or sides.min() < OUTSIDE):
        raise InvalidInput.at("arcs", "an arc borders on a unit that has no code")
    if (arcs.left == arcs.right).any():
        arc = int(np.flatnonzero(arcs.left == arcs.right)[0])
        raise InvalidInput.at(f"arc {arc}", "has the same unit on both sides")


def _edges(arcs: Arcs, rank: Any) -> Any:
    """Make the edge records: ends, sides, and who owns a point on the start, on the end and between."""
    lonlat = from_nano(arcs.coords)
    starts = np.ones(len(lonlat), bool)
    starts[arcs.offsets[1:] - 1] = False
    first = np.flatnonzero(starts)
    arc = np.repeat(np.arange(len(arcs)), np.diff(arcs.offsets) - 1)
    edges = np.zeros((len(first), locate_build.EDGE_FLOATS))
    edges[:, :2], edges[:, 2:4] = lonlat[first], lonlat[first + 1]
    owner = np.where(arcs.left != OUTSIDE, arcs.left, arcs.right)
    node_owner = _node_owners(arcs, rank)
    records = edges.view(np.int32)
    records[:, 8], records[:, 9] = arcs.left[arc], arcs.right[arc]
    records[:, 10] = records[:, 11] = records[:, 12] = owner[arc]
    locate_build.turns(edges, first + 2 == arcs.offsets[1:][arc], records[:, 13])
    for column, is_end, nodes in (
        (10, first == arcs.offsets[:-1][arc], arcs.start_node),
        (11, first + 2 == arcs.offsets[1:][arc], arcs.end_node),
    ):
        own = node_owner[nodes[arc[is_end]]]
        records[is_end, column] = np.where(own == OUTSIDE, records[is_end, column], own)
    return edges


def _node_owners(arcs: Arcs, rank: Any) -> Any:
    """Give the unit with the smallest code around each node; -1 where only one arc ends (no true node)."""
    nodes = np.concatenate([arcs.start_node, arcs.end_node] * 2)
    sides = np.concatenate([arcs.left, arcs.left, arcs.right, arcs.right])
    inside = sides != OUTSIDE
    least = np.full(len(arcs.nodes), len(rank), np.int64)
    np.minimum.at(least, nodes[inside], rank[sides[inside]])
    closed = arcs.start_node == arcs.end_node
    meeting = np.bincount(arcs.start_node, minlength=len(arcs.nodes))
    meeting += np.bincount(arcs.end_node[~closed], minlength=len(arcs.nodes))
    by_rank = np.append(np.argsort(rank), OUTSIDE)
    return np.where(meeting > 1, by_rank[least], OUTSIDE).astype(np.int32)


def _frame(edges: Any, max_cells: int) -> tuple[Any, Any]:
    if not len(edges):
        return np.full(6, np.nan), np.ones(2, np.int64)
    west, south = edges[:, [0, 2]].min(), edges[:, [1, 3]].min()
    east, north = edges[:, [0, 2]].max(), edges[:, [1, 3]].max()
    kx, ky = metres_per_degree((south + north) / 2.0)
    budget = min(max_cells, max(1024, _CELLS_PER_EDGE * len(edges)))
    side_m = math.sqrt((east - west) * kx * (north - south) * ky / budget)
    columns = _count(east - west, side_m / kx)
    rows = _count(north - south, side_m / ky)
    return (
        np.array([west, south, east, north, columns / (east - west), rows / (north - south)]),
        np.array([columns, rows]),
    )


def _count(width: float, cell: float) -> int:
    return max(1, int(width / max(cell, _SMALLEST_CELL_DEGREES)))


def _raster(edges: Any, records: Any, frame: Any, shape: Any, n_units: int) -> tuple[Any, Any, Any, Any]:
    """Make cells, stream and reference points; moves reference rows until all lie in general position."""
    cells = np.zeros(int(shape[0] * shape[1]), np.int32)
    if not len(edges):
        return cells + np.int32(OUTSIDE), np.empty(0, np.int32), np.full(1, np.nan), np.full(1, np.nan)
    stream = locate_build.link(locate_build.register(edges, frame, shape, cells), records[:, 13], cells)
    ref_x = _references(edges[:, [0, 2]], frame[0], frame[4], np.full(shape[0], 1))
    turn = np.full(shape[1], 1)
    for _ in range(_MOST_TRIES):
        ref_y = _references(edges[:, [1, 3]], frame[1], frame[5], turn)
        bad = np.zeros(int(shape[1]), bool)
        jumps = np.zeros((int(shape[1]), int(shape[0]) + 1), np.int32)
        locate_build.label_rows(edges, records[:, 8:10], frame, shape, ref_x, ref_y, jumps, bad)
        least, greatest = locate_build.fill(edges, shape, ref_x, ref_y, jumps, cells, stream, bad)
        if not bad.any():
            break
        turn[bad] += 1
        cells[cells >= OUTSIDE] = 0
    if least < OUTSIDE or greatest >= n_units or bad.any():
        raise InvalidInput.at("arcs", "the borders do not close, or cross each other")
    return cells, stream, ref_x, ref_y


def _references(ends: Any, origin: float, scale: float, turn: Any) -> Any:
    """Choose a coordinate inside each column or row that no vertex has; `turn` picks among candidates."""
    taken = np.unique(ends)
    turn = turn.copy()
    while True:
        chosen = origin + (np.arange(len(turn)) + 0.3 + 0.4 * ((turn * _GOLDEN) % 1.0)) / scale
        clash = np.isin(chosen, taken)
        if not clash.any():
            return chosen
        turn[clash] += 1


def _near(edges: Any, records: Any, frame: Any, tolerance_m: float) -> tuple[Any, Any, Any, Any]:
    """List the outer edges within the tolerance of each block of a coarse raster."""
    outer = np.flatnonzero((records[:, 8:10] == OUTSIDE).any(axis=1)).astype(np.int32)
    if not len(outer) or tolerance_m == 0.0:
        none = np.empty(0, np.int32)
        return np.full(7, np.nan), np.ones(2, np.int64), np.zeros(2, np.int32), none
    furthest = min(float(np.abs(frame[[1, 3]]).max()) + tolerance_m / 110_000.0, 89.0)
    grow_x, grow_y = 1.01 * tolerance_m / metres_per_degree(furthest)[0], 1.01 * tolerance_m / 110_000.0
    grow = np.array([-grow_x, -grow_y, grow_x, grow_y])
    west, south, east, north = frame[:4] + grow
    columns = _count(east - west, max((east - west) / _NEAR_BLOCKS, grow_x / 4.0))
    rows = _count(north - south, max((north - south) / _NEAR_BLOCKS, grow_y / 4.0))
    near_frame = np.array(
        [west, south, east, north, columns / (east - west), rows / (north - south), tolerance_m]
    )
    near_shape = np.array([columns, rows])
    starts, members = locate_build.register_boxes(_boxes(edges[outer]) + grow, near_frame, near_shape)
    return near_frame, near_shape, starts, outer[members]


def _boxes(edges: Any) -> Any:
    ends = edges[:, :4].reshape(-1, 2, 2)
    return np.concatenate([ends.min(axis=1), ends.max(axis=1)], axis=1)


def _chunks(edges: Any, records: Any, n_units: int) -> tuple[Any, Any, Any, Any]:
    """Cut each unit's border into chunks of a few edges with a box around each."""
    unit = np.concatenate([records[:, 8], records[:, 9]])
    edge = np.tile(np.arange(len(edges), dtype=np.int32), 2)
    order = np.argsort(unit, kind="stable")
    order = order[unit[order] != OUTSIDE]
    unit, edge = unit[order], edge[order]
    sizes = np.bincount(unit, minlength=n_units)
    place = np.arange(len(unit)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    starts = np.flatnonzero(place % _CHUNK == 0)
    unit_chunks = np.concatenate([[0], np.cumsum(-(-sizes // _CHUNK))]).astype(np.int32)
    if not len(starts):
        return unit_chunks, np.empty((0, 4)), np.zeros(1, np.int32), edge
    boxes = _boxes(edges[edge])
    low = np.minimum.reduceat(boxes[:, :2], starts)
    high = np.maximum.reduceat(boxes[:, 2:], starts)
    chunk_starts = np.append(starts, len(edge)).astype(np.int32)
    return unit_chunks, np.concatenate([low, high], axis=1), chunk_starts, edge
