"""What lies beside what in a plane cut by lines: edges and borders of faces, and the shapes over points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]
OPEN = -1
"""What lies beyond the outermost border."""


@dataclass(frozen=True)
class Edges:
    """The edges between edge-matched faces, each once."""

    a: Ints
    b: Ints
    """(m,) the faces on both sides; b is OPEN at the outermost border."""
    tail: Floats
    head: Floats
    """(m, 2) their ends, in the plane of the faces."""

    @property
    def length(self) -> Floats:
        """(m,)."""
        return np.asarray(np.hypot(*(self.tail - self.head).T), np.float64)

    def lines(self, which: npt.NDArray[np.bool_]) -> Shapes:
        """Give some of the edges as lines of two points."""
        return np.asarray(shapely.linestrings(np.stack([self.tail[which], self.head[which]], axis=1)))


def edges_between(faces: Shapes) -> Edges:
    """List the edges of polygons that are edge-matched (one vertex list along every common border)."""
    rings, ring_face = shapely.get_rings(faces, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    tail, head, face = points[:-1][inner], points[1:][inner], ring_face[ring[:-1][inner]]
    _, number = np.unique(np.concatenate([tail, head]), axis=0, return_inverse=True)
    ends = np.sort(number.reshape(2, -1), axis=0)
    order = np.lexsort((face, ends[1], ends[0]))
    same = (np.diff(ends[0][order]) == 0) & (np.diff(ends[1][order]) == 0)
    first = np.flatnonzero(np.append(True, ~same)) if len(order) else np.empty(0, np.int64)
    paired = np.append(same, False)[first]
    other = np.where(paired, np.append(face[order][1:], OPEN)[first], OPEN)
    at = order[first]
    return Edges(face[at].astype(np.int64), other.astype(np.int64), tail[at], head[at])


def borders(edges: Edges, price: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Sum the edges between each two faces: a, b, metres and the mean price per metre, (k,) each."""
    inner = np.flatnonzero(edges.b != OPEN)
    pairs = np.sort(np.stack([edges.a[inner], edges.b[inner]], axis=1), axis=1)
    unique, number = np.unique(pairs, axis=0, return_inverse=True)
    length = edges.length[inner]
    metres = np.bincount(number.ravel(), length, minlength=len(unique)).astype(np.float64)
    paid = np.bincount(number.ravel(), length * price[inner], minlength=len(unique))
    return unique[:, 0], unique[:, 1], metres, paid / np.maximum(metres, 1e-12)


def covering(shapes: Shapes, points: Shapes) -> list[tuple[int, ...]]:
    """List for each point the shapes it lies in, in their order."""
    found: list[list[int]] = [[] for _ in points]
    if len(shapes):
        for point, shape in shapely.STRtree(shapes).query(points, predicate="intersects").T.tolist():
            found[point].append(shape)
    return [tuple(sorted(each)) for each in found]
