"""Compile the tables of a locate index (see docs/3-locate.md): which edges cross which cell, and the labels.

A cell is the set of doubles that the same monotone function (`column_of`, `row_of`) sends to it; the query
uses that very function, so no rounding can put a point into a cell whose edges were not registered.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled, inlined
from spatial.grids.exact import side

# Registered a little wider than it is, because the clipped ends of an edge are rounded.
_PAD_CELLS = 1e-3
EDGE_FLOATS = 8
"""Columns of an edge record: ax ay bx by, then the int32 left right own_a own_b own_edge turn and two spare.

`turn` is the side of the next edge's end: 1 left, 0 straight on, -1 right; 2 when the arc ends here.
"""
KIND_ONE, KIND_BEND, KIND_SEVERAL, KIND_NONE = 0, 1, 2, 3
"""A cell is a label >= -1, or the reference -2 - (4 * number + kind).

Kind and number: one edge, its index; two edges of one arc that follow each other, the index of the first;
several edges, the place of their list in the stream (count, label of the cell's reference point, then each
edge twice, plus one when the reference point lies on its left).
"""
_ENDS = 2


@inlined
def cell_of(value: float, origin: float, scale: float, count: int) -> int:
    """Give the column (or row) of a coordinate at or above the origin; monotone in the value."""
    cell = int((value - origin) * scale)
    return cell if cell < count else count - 1


@compiled
def _columns_in_row(a: Any, frame: Any, shape: Any, row: int) -> tuple[int, int]:
    """Give the first and last column that edge a can touch within a row (never too few)."""
    x0, y0, sx, sy = frame[0], frame[1], frame[4], frame[5]
    west, east = min(a[0], a[2]), max(a[0], a[2])
    if a[3] != a[1]:
        slope = (a[2] - a[0]) / (a[3] - a[1])
        low = max(y0 + (row - _PAD_CELLS) / sy, min(a[1], a[3]))
        high = min(y0 + (row + 1 + _PAD_CELLS) / sy, max(a[1], a[3]))
        one, other = a[0] + (low - a[1]) * slope, a[0] + (high - a[1]) * slope
        pad = _PAD_CELLS / sx
        west = min(max(west, min(one, other) - pad), east)
        east = max(min(east, max(one, other) + pad), west)
    return cell_of(west, x0, sx, shape[0]), cell_of(east, x0, sx, shape[0])


@compiled
def register(edges: Any, frame: Any, shape: Any, cells: Any) -> Any:
    """Count in `cells` the edges that touch each cell; return the (cell, edge) pairs, (n, 2) int32."""
    pairs = np.empty((8 * len(edges) + 64, 2), np.int32)
    used = 0
    for e in range(len(edges)):
        a = edges[e]
        bottom = cell_of(min(a[1], a[3]), frame[1], frame[5], shape[1])
        top = cell_of(max(a[1], a[3]), frame[1], frame[5], shape[1])
        for row in range(bottom, top + 1):
            first, last = _columns_in_row(a, frame, shape, row)
            while used + last - first >= len(pairs):
                larger = np.empty((2 * len(pairs), 2), np.int32)
                larger[:used] = pairs[:used]
                pairs = larger
            for column in range(first, last + 1):
                cell = row * shape[0] + column
                cells[cell] += 1
                pairs[used, 0] = cell
                pairs[used, 1] = e
                used += 1
    return pairs[:used]


@compiled
def turns(edges: Any, last: Any, turn: Any) -> None:
    """Write the turn at the end of each edge; `last` marks the last edge of every arc."""
    for e in range(len(edges)):
        a = edges[e]
        turn[e] = _ENDS if last[e] else side(a[0], a[1], a[2], a[3], edges[e + 1, 2], edges[e + 1, 3])


@compiled
def link(pairs: Any, turn: Any, cells: Any) -> Any:
    """Turn the counts in `cells` into references; return the stream of the cells with several edges."""
    size = 0
    for p in range(len(pairs)):
        if cells[pairs[p, 0]] > 1:
            size += 3
    stream = np.zeros(size, np.int32)
    used = 0
    # Edges come in order, so a cell's second edge follows its first in the arc when it is the next number.
    for p in range(len(pairs)):
        cell, e = pairs[p, 0], pairs[p, 1]
        count = cells[cell]
        if count == 1:
            cells[cell] = -2 - (4 * e + KIND_ONE)
            continue
        if count > 1:
            cells[cell] = -2 - (4 * used + KIND_SEVERAL)
            used += 2 + count
        at = (-2 - cells[cell]) >> 2
        stream[at + 2 + stream[at]] = 2 * e
        stream[at] += 1
    for p in range(len(pairs)):
        cell = cells[pairs[p, 0]]
        if (-2 - cell) & 3 == KIND_SEVERAL:
            at = (-2 - cell) >> 2
            first, second = stream[at + 2] >> 1, stream[at + 3] >> 1
            if stream[at] == 2 and second == first + 1 and turn[first] != _ENDS:
                cells[pairs[p, 0]] = -2 - (4 * first + KIND_BEND)
    return stream[:used]


@compiled
def label_rows(
    edges: Any, sides: Any, frame: Any, shape: Any, ref_x: Any, ref_y: Any, jumps: Any, bad: Any
) -> None:
    """Write into jumps (rows, columns + 1) how the label changes just before each reference point of a row.

    A row whose reference points are not in general position is marked in `bad`.
    """
    for e in range(len(edges)):
        a = edges[e]
        low, high = min(a[1], a[3]), max(a[1], a[3])
        bottom = cell_of(low, frame[1], frame[5], shape[1])
        top = cell_of(high, frame[1], frame[5], shape[1])
        upward = a[3] > a[1]
        change = sides[e, 1] - sides[e, 0] if upward else sides[e, 0] - sides[e, 1]
        for row in range(bottom, top + 1):
            y = ref_y[row]
            if not (low < y < high):
                continue
            x = a[0] + (y - a[1]) * ((a[2] - a[0]) / (a[3] - a[1]))
            east = 1 if not upward else -1
            at = min(max(int((x - frame[0]) * frame[4]), 0), shape[0])
            while at > 0 and side(a[0], a[1], a[2], a[3], ref_x[at - 1], y) == east:
                at -= 1
            while at < shape[0] and side(a[0], a[1], a[2], a[3], ref_x[at], y) == -east:
                at += 1
            if at < shape[0] and side(a[0], a[1], a[2], a[3], ref_x[at], y) == 0:
                bad[row] = True
            jumps[row, at] += change


@compiled
def fill(
    edges: Any, shape: Any, ref_x: Any, ref_y: Any, jumps: Any, cells: Any, stream: Any, bad: Any
) -> tuple[int, int]:
    """Label every cell from the jumps; return the least and greatest label met."""
    least, greatest = 0, -1
    for row in range(shape[1]):
        label = -1
        for column in range(shape[0]):
            label += jumps[row, column]
            least, greatest = min(least, label), max(greatest, label)
            cell = row * shape[0] + column
            reference = cells[cell]
            if reference == 0:
                cells[cell] = label
            elif reference < -1 and (-2 - reference) & 3 == KIND_SEVERAL:
                at = (-2 - reference) >> 2
                stream[at + 1] = label
                for k in range(at + 2, at + 2 + stream[at]):
                    a = edges[stream[k] >> 1]
                    on = side(a[0], a[1], a[2], a[3], ref_x[column], ref_y[row])
                    stream[k] = (stream[k] & -2) | (1 if on > 0 else 0)
                    if on == 0:
                        bad[row] = True
        if label + jumps[row, shape[0]] != -1:
            greatest = 2**30
    return least, greatest


@compiled
def register_boxes(boxes: Any, frame: Any, shape: Any) -> tuple[Any, Any]:
    """List for each block of a coarse raster the boxes (west, south, east, north) that meet it (CSR)."""
    starts = np.zeros(shape[0] * shape[1] + 1, np.int32)
    members = np.empty(0, np.int32)
    for turn in range(2):
        if turn == 1:
            for block in range(len(starts) - 1):
                starts[block + 1] += starts[block]
            members = np.empty(starts[-1], np.int32)
        for b in range(len(boxes)):
            first = cell_of(max(boxes[b, 0], frame[0]), frame[0], frame[4], shape[0])
            last = cell_of(min(boxes[b, 2], frame[2]), frame[0], frame[4], shape[0])
            bottom = cell_of(max(boxes[b, 1], frame[1]), frame[1], frame[5], shape[1])
            top = cell_of(min(boxes[b, 3], frame[3]), frame[1], frame[5], shape[1])
            for row in range(bottom, top + 1):
                for column in range(first, last + 1):
                    block = row * shape[0] + column
                    if turn == 0:
                        starts[block + 1] += 1
                    else:
                        # Filled from the back, which leaves each start where it belongs.
                        starts[block + 1] -= 1
                        members[starts[block + 1]] = b
    return _shifted_back(starts, len(members)), members


@compiled
def _shifted_back(starts: Any, total: int) -> Any:
    shifted = np.empty(len(starts), np.int32)
    shifted[:-1] = starts[1:]
    shifted[-1] = total
    return shifted
