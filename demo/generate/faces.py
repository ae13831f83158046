"""Blocks as a graph: which block touches which, along how many metres of what kind of line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.density import grid_area_at
from demo.generate.obstacles import Obstacles
from demo.generate.plane import faces_of, to_units
from demo.generate.real_lines import Line

CUT_COST = {
    ("road", False): 0.05,
    ("rail", False): 0.05,
    ("water", False): 0.05,
    ("edge", False): 0.5,
    ("lane", False): 0.7,
    ("road", True): 0.3,
    ("lane", True): 1.0,
}
"""Cost per metre of a grid border along a line, by kind and whether it is generated: main roads are cheap."""

NARROW_M = 42.0
TINY_M2 = 5_000.0
ABSORB_ROUNDS = 4

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Blocks:
    """The blocks of the town (plane): polygons, the street each lies in, weight (1 = one grid), neighbours.

    a, b: blocks on both sides of each common border; shared_m: its length; cost: what cutting there costs.
    """

    polygons: NDArray[np.object_]
    street: Ints
    weight: Floats
    area: Floats
    perimeter: Floats
    a: Ints
    b: Ints
    shared_m: Floats
    cost: Floats

    def within(self, members: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the borders among some blocks: their indices, and both sides as places in members."""
        place = np.full(len(self.polygons), -1, dtype=np.int64)
        place[members] = np.arange(len(members))
        inner = np.flatnonzero((place[self.a] >= 0) & (place[self.b] >= 0))
        return inner, place[self.a[inner]], place[self.b[inner]]


def read_blocks(lines: list[Line], edges: Any, streets: Any, obstacles: Obstacles) -> Blocks:
    """Polygonise the noded edges (plane) and keep the faces that lie in a street polygon."""
    faces = faces_of(edges)
    street = _owner(faces, streets)
    faces, street = faces[street >= 0], street[street >= 0]
    faces, street = _absorbed(faces, street)
    area, middle = shapely.area(faces), shapely.centroid(faces)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    weight = area / grid_area_at(x, y, obstacles.built_at(x, y))
    a, b, shared, cost = _borders(faces, street, lines)
    return Blocks(faces, street, weight, area, shapely.length(faces), a, b, shared, cost)


def _absorbed(faces: Any, street: Ints) -> tuple[Any, Ints]:
    """Give narrow and tiny faces (say between carriageways) to the neighbour with the longest border."""
    for _ in range(ABSORB_ROUNDS):
        area = shapely.area(faces)
        narrow = (2.0 * area / shapely.length(faces) < NARROW_M) | (area < TINY_M2)
        a, b, shared, _ = _borders(faces, street, [])
        into = np.arange(len(faces))
        for i in np.flatnonzero(narrow):
            near = np.flatnonzero((a == i) | (b == i))
            if len(near):
                best = near[int(shared[near].argmax())]
                into[i] = b[best] if a[best] == i else a[best]
        taken = np.flatnonzero((into != np.arange(len(faces))) & ~np.isin(np.arange(len(faces)), into))
        if len(taken) == 0:
            break
        for i in taken:
            faces[into[i]] = _joined(faces[into[i]], faces[i])
        keep = np.setdiff1d(np.arange(len(faces)), taken)
        faces, street = faces[keep], street[keep]
    return faces, street


def _joined(a: Any, b: Any) -> Any:
    """Return the union of two edge-matched plane polygons, all vertices kept on the grid."""
    union = shapely.coverage_union_all(np.array([a, b], dtype=object))
    return shapely.get_geometry(union, 0)


def _owner(faces: Any, streets: Any) -> Ints:
    """Return the street each face lies in, -1 for none."""
    shapely.prepare(streets)
    middles = shapely.point_on_surface(faces)
    owner = np.full(len(faces), -1, dtype=np.int64)
    for index, street in enumerate(streets):
        owner[shapely.contains_properly(street, middles)] = index
    return owner


def _borders(faces: Any, street: Ints, lines: list[Line]) -> tuple[Ints, Ints, Floats, Floats]:
    """Return common borders inside a street: both faces, length, cost."""
    face, start, end = segments(faces)
    low, high = _ordered(start, end)
    order = np.lexsort((high[:, 1], high[:, 0], low[:, 1], low[:, 0]))
    same = (low[order][1:] == low[order][:-1]).all(axis=1) & (high[order][1:] == high[order][:-1]).all(axis=1)
    first, second = order[:-1][same], order[1:][same]
    inside = street[face[first]] == street[face[second]]
    first, second = first[inside], second[inside]
    length = np.hypot(*(end[first] - start[first]).T)
    price = length * _price((start[first] + end[first]) / 2.0, lines)
    pair = np.sort(np.column_stack([face[first], face[second]]), axis=1)
    unique, place = np.unique(pair, axis=0, return_inverse=True)
    place = place.reshape(-1)
    shared = np.bincount(place, length, minlength=len(unique))
    return unique[:, 0], unique[:, 1], shared, np.bincount(place, price, minlength=len(unique))


def segments(faces: Any) -> tuple[Ints, Floats, Floats]:
    """Return all ring segments of polygons: index of the polygon, start (n, 2), end (n, 2)."""
    rings, owner = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    follows = ring[1:] == ring[:-1]
    return owner[ring[:-1][follows]], xy[:-1][follows], xy[1:][follows]


def _ordered(start: Floats, end: Floats) -> tuple[Ints, Ints]:
    """Return both ends of segments as whole nano-degrees, the smaller end first."""
    a = np.asarray(shapely.get_coordinates(to_units(shapely.points(start)))).astype(np.int64)
    b = np.asarray(shapely.get_coordinates(to_units(shapely.points(end)))).astype(np.int64)
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    return np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)


def _price(middles: Floats, lines: list[Line]) -> Floats:
    """Return the cost per metre at points on lines; the cheapest line within 5 cm decides."""
    if not lines:
        return np.ones(len(middles))
    tree = shapely.STRtree([line.shape for line in lines])
    point, line = tree.query(shapely.points(middles), predicate="dwithin", distance=0.05)
    rates = np.array([CUT_COST[(line.kind, line.generated)] for line in lines])
    price = np.full(len(middles), 1.0)
    np.minimum.at(price, point, rates[line])
    return price
