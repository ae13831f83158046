"""Make a network of loose lines: ends that nearly meet become one node.

Lines of surveyors and of drawing programs rarely meet to the digit. Ends are joined nearest first, so that
what is surely one node is one before anything doubtful is asked; a line's own two ends are never joined, nor
are two given points, however near they are, and no node is wider than the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from spatial.grids.compiled import compiled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stitched:
    """Which node each end of each line belongs to, where nodes are, and how far ends were moved."""

    tail: IntArray
    head: IntArray
    at: FloatArray
    """(nodes, 2). The first are the given points, where they were."""
    moved: FloatArray
    """(lines, 2): how far tail and head lay from their node."""


@dataclass(frozen=True)
class Touch:
    """An end that lies on the way of a line, or nearly: a branch whose node the line does not have."""

    node: int
    line: int
    along: float
    """From the line's beginning."""
    off: float
    """From the line."""


def stitch(ends: FloatArray, points: FloatArray, tolerance: float) -> Stitched:
    """Join ends.

    ends: (lines, 2, 2), tail and head of each line in a plane. points: (k, 2), junctions, valves and the like
    that are known; tolerance: in the unit of the plane, 0 joins only what is equal.
    """
    lines = len(ends)
    flat = np.concatenate([points.reshape(-1, 2), ends.reshape(-1, 2)])
    finite = np.isfinite(flat).all(axis=1)
    if not finite.all():
        raise ValueError("ends and points are finite")
    # The other end of an end's line; a point has none.
    numbers = np.arange(len(points), len(flat)).reshape(lines, 2)
    other = np.concatenate([np.full(len(points), -1), numbers[:, ::-1].ravel()])
    pairs = _nearest_first(flat, tolerance)
    root = _join(flat, other, len(points), pairs, max(tolerance, 0.0))
    # Nodes are counted in the order of their first member, so that points keep their numbers.
    first, node = np.unique(root, return_inverse=True)
    at = np.column_stack([np.bincount(node, flat[:, axis]) for axis in (0, 1)]) / np.bincount(node)[:, None]
    at[: len(points)] = points.reshape(-1, 2)
    of_ends = node[len(points) :].reshape(lines, 2)
    moved = np.hypot(*np.moveaxis(ends - at[of_ends], -1, 0))
    assert len(first) == len(at)
    return Stitched(of_ends[:, 0], of_ends[:, 1], at, moved)


def touches(lines: npt.NDArray[np.object_], stitched: Stitched, tolerance: float) -> list[Touch]:
    """Tell which nodes lie within the tolerance of a line that they are no end of, nearest line each.

    lines: as they were stitched, (lines,). A node nearer than the tolerance to an end of that line is not
    told: it would be joined with it, had the line another end.
    """
    points = shapely.points(stitched.at)
    node, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=tolerance)
    strange = (stitched.tail[line] != node) & (stitched.head[line] != node)
    node, line = node[strange], line[strange]
    off = shapely.distance(points[node], lines[line])
    along = shapely.line_locate_point(lines[line], points[node])
    inner = (along > tolerance) & (along < shapely.length(lines[line]) - tolerance)
    node, line, off, along = node[inner], line[inner], off[inner], along[inner]
    order = np.lexsort((line, off, node))
    _, nearest = np.unique(node[order], return_index=True)
    return [Touch(int(node[at]), int(line[at]), float(along[at]), float(off[at])) for at in order[nearest]]


def _nearest_first(flat: FloatArray, tolerance: float) -> IntArray:
    """Give pairs within the tolerance, (pairs, 2), in the order of distance, then of number."""
    pairs = cKDTree(flat).query_pairs(max(tolerance, 0.0), output_type="ndarray").astype(np.int64)
    apart = np.hypot(*(flat[pairs[:, 0]] - flat[pairs[:, 1]]).T)
    ordered: IntArray = pairs[np.lexsort((pairs[:, 1], pairs[:, 0], apart))]
    return ordered


@compiled
def _join(flat: FloatArray, other: IntArray, points: int, pairs: IntArray, tolerance: float) -> IntArray:
    """Give the least member of the node of each; pairs are taken in turn."""
    count = len(flat)
    root = np.arange(count)
    following = np.full(count, -1)
    last = np.arange(count)
    size = np.ones(count, np.int64)
    low, high = flat.copy(), flat.copy()
    for at in range(len(pairs)):
        one, two = root[pairs[at, 0]], root[pairs[at, 1]]
        if one == two or (one < points and two < points):
            continue
        wide = max(high[one, 0], high[two, 0]) - min(low[one, 0], low[two, 0])
        tall = max(high[one, 1], high[two, 1]) - min(low[one, 1], low[two, 1])
        if wide * wide + tall * tall > tolerance * tolerance:
            continue
        few, many = (one, two) if size[one] < size[two] else (two, one)
        member, is_own = few, False
        while member >= 0 and not is_own:
            is_own = other[member] >= 0 and root[other[member]] == many
            member = following[member]
        if is_own:
            continue
        # The least is the root, so that a point stays one.
        kept, gone = min(one, two), max(one, two)
        member = gone
        while member >= 0:
            root[member] = kept
            member = following[member]
        following[last[kept]] = gone
        last[kept] = last[gone]
        size[kept] += size[gone]
        low[kept] = np.minimum(low[kept], low[gone])
        high[kept] = np.maximum(high[kept], high[gone])
    return root
