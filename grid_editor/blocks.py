"""Blocks of an area: what its streets enclose, with what each carries and what lies between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from grid_editor.adjacency import OPEN, Edges, Floats, Ints, Shapes, borders, covering, edges_between
from grid_editor.balance import Blocks
from spatial.geometry.plane import Plane

NARROW_M = 20.0
"""A face that is nowhere wider and carries nothing lies between carriageways: it joins its neighbour."""
NEAR_STREET_M = 0.01
"""Borders are pieces of the streets themselves, but for the rounding."""
PRICE_OFF_STREETS = 1.0
ABSORB_ROUNDS = 4


@dataclass(frozen=True)
class Street:
    """A line that a border may follow."""

    line: Any
    """LineString or MultiLineString, lon/lat degrees."""
    price: float
    """Of a metre of border along it: 0 a main road or a river, 0.5 a lane; a cut through a yard costs 1."""


@dataclass(frozen=True)
class Loads:
    """Points with what they carry: households, people, events of a year …"""

    lon: Floats
    lat: Floats
    load: Floats


@dataclass(frozen=True)
class BlockMap:
    """The blocks of an area, and where they lie."""

    plane: Plane
    shapes: Shapes
    """(n,) polygons in the plane, edge-matched on the precision grid."""
    edges: Edges
    price: Floats
    """Of every edge, per metre."""
    blocks: Blocks
    home: Ints
    """(n,) which of the areas each block lies in."""

    def outlines(self, part: Ints) -> Any:
        """Give the borders between parts inside the areas, joined to lines, in degrees."""
        inner = self.edges.b != OPEN
        between = np.zeros(len(inner), bool)
        between[inner] = part[self.edges.a[inner]] != part[self.edges.b[inner]]
        return self.plane.lonlat(shapely.line_merge(shapely.multilinestrings(self.edges.lines(between))))

    def area_of(self, which: Any) -> Any:
        """Join some blocks to one area in degrees; every vertex stays."""
        return self.plane.lonlat(shapely.coverage_union_all(self.shapes[which]))


def cut_into_blocks(areas: Sequence[Any], streets: Sequence[Street], loads: Loads, finest: float) -> BlockMap:
    """Cut areas by streets into blocks.

    areas: edge-matched Polygons or MultiPolygons in lon/lat degrees, one a unit. finest: a block that carries
    more is cut further, straight between its points, for no street helps there; 0 leaves blocks whole.
    Points outside the areas count for nothing. Raises InvalidInput for coordinates beyond ±360°.
    """
    plane = Plane.around(np.asarray(areas, dtype=object))
    flat = plane.project(np.asarray(areas, dtype=object))
    lines = _within(plane.project(_lines(streets)), flat)
    faces = _faces(plane, flat, list(lines))
    points, load = _points(plane, loads)
    faces = _absorbed(faces, _sums(faces, points, load), covering_one(flat, faces))
    if finest > 0:
        faces = _cut_further(plane, flat, faces, points, load, finest)
    return _mapped(plane, flat, faces, streets, points, load)


def _lines(streets: Sequence[Street]) -> Shapes:
    out = np.empty(len(streets), object)
    out[:] = [street.line for street in streets]
    return out


def _within(lines: Shapes, areas: Shapes) -> Shapes:
    """Keep what of the streets lies inside; a little more, so that they reach the border."""
    whole = shapely.union_all(areas)
    near = shapely.intersection(lines, shapely.buffer(whole, 1.0)) if len(lines) else lines
    return np.asarray(near[~shapely.is_empty(near)], dtype=object)


def _faces(plane: Plane, areas: Shapes, lines: list[Any]) -> Shapes:
    """Cut the areas by lines on the precision grid; only what lies in an area stays."""
    found = plane.faces(plane.noded([*shapely.boundary(areas), *lines]))
    return np.asarray(found[covering_one(areas, found) != OPEN], dtype=object)


def covering_one(areas: Shapes, faces: Shapes) -> Ints:
    """Find the area that each face lies in; OPEN where none does."""
    found = covering(areas, shapely.point_on_surface(faces))
    return np.array([each[0] if each else OPEN for each in found], np.int64)


def _points(plane: Plane, loads: Loads) -> tuple[Shapes, Floats]:
    points = shapely.points(loads.lon, loads.lat)
    return np.asarray(plane.project(points), dtype=object).reshape(-1), np.asarray(loads.load, np.float64)


def _sums(faces: Shapes, points: Shapes, load: Floats) -> Floats:
    """Sum what lies in each face; a point on a border counts for the first face only."""
    owner = np.array([each[0] if each else OPEN for each in covering(faces, points)], np.int64)
    inside = owner != OPEN
    return np.bincount(owner[inside], load[inside], minlength=len(faces)).astype(np.float64)


def _absorbed(faces: Shapes, load: Floats, home: Ints) -> Shapes:
    """Join narrow empty faces to the neighbour in the same area that they share the longest border with."""
    for _ in range(ABSORB_ROUNDS):
        edges = edges_between(faces)
        a, b, metres, _ = borders(edges, np.zeros(len(edges.a)))
        same = home[a] == home[b]
        a, b, metres = a[same], b[same], metres[same]
        narrow = (2 * shapely.area(faces) / shapely.length(faces) < NARROW_M) & (load == 0)
        into = _targets(np.flatnonzero(narrow), a, b, metres, len(faces))
        if (into == np.arange(len(faces))).all():
            break
        faces, load, home = _joined(faces, load, home, into)
    return faces


def _targets(narrow: Ints, a: Ints, b: Ints, metres: Floats, count: int) -> Ints:
    """Say for each face what it becomes part of: itself, but for the narrow ones (never one another)."""
    into = np.arange(count)
    for face in narrow:
        near = np.flatnonzero((a == face) | (b == face))
        if len(near):
            best = near[int(metres[near].argmax())]
            other = int(b[best] if a[best] == face else a[best])
            if into[other] == other:
                into[face] = other
    # What something joins stays itself.
    into[np.unique(into[into != np.arange(count)])] = np.unique(into[into != np.arange(count)])
    return into


def _joined(faces: Shapes, load: Floats, home: Ints, into: Ints) -> tuple[Shapes, Floats, Ints]:
    kept = np.flatnonzero(into == np.arange(len(faces)))
    out = faces.copy()
    for face in np.unique(into[into != np.arange(len(faces))]):
        members = np.flatnonzero(into == face)
        whole = shapely.coverage_union_all(faces[members])
        out[face] = whole if whole.geom_type == "Polygon" else shapely.union_all(faces[members], grid_size=0)
    summed = np.bincount(into, load, minlength=len(faces)).astype(np.float64)
    return out[kept], summed[kept], home[kept]


def _cut_further(
    plane: Plane, areas: Shapes, faces: Shapes, points: Shapes, load: Floats, finest: float
) -> Shapes:
    """Cut heavy blocks straight through, between their points, until no piece carries too much."""
    heavy = np.flatnonzero(_sums(faces, points, load) > finest)
    if not len(heavy):
        return faces
    lines: list[Any] = []
    for face in heavy:
        inside = shapely.contains_properly(faces[face], points)
        xy = shapely.get_coordinates(points[inside])
        lines += _cuts(faces[face], xy, load[inside], finest, _long_axis(faces[face]))
    return _faces(plane, areas, [*shapely.boundary(faces), *lines])


def _long_axis(face: Any) -> Floats:
    """Give the direction of the longer side of the narrowest box around a face, as a unit vector."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(face))
    sides = np.diff(corners[:3], axis=0)
    longest = sides[int(np.hypot(*sides.T).argmax())]
    return np.asarray(longest / np.hypot(*longest), np.float64)


def _cuts(piece: Any, xy: Floats, load: Floats, finest: float, axis: Floats) -> list[Any]:
    """Halve a piece by its load, across its longer extent, again and again."""
    if load.sum() <= finest or len(xy) < 2:
        return []
    across = np.array([-axis[1], axis[0]])
    along = axis if np.ptp(xy @ axis) >= np.ptp(xy @ across) else across
    place = xy @ along
    order = np.argsort(place, kind="stable")
    middle = int(np.searchsorted(np.cumsum(load[order]), load.sum() / 2)) + 1
    if (
        load.sum() <= finest
        or not 0 < middle < len(order)
        or place[order[middle - 1]] == place[order[middle]]
    ):
        return []
    at = (place[order[middle - 1]] + place[order[middle]]) / 2
    line, beyond = _line_across(piece, along, at)
    low = place <= at
    return [
        shapely.intersection(line, piece),
        *_cuts(shapely.difference(piece, beyond), xy[low], load[low], finest, axis),
        *_cuts(shapely.intersection(piece, beyond), xy[~low], load[~low], finest, axis),
    ]


def _line_across(piece: Any, along: Floats, at: float) -> tuple[Any, Any]:
    """Draw the line through a piece where `along` · position is `at`, and the half plane beyond it."""
    reach = shapely.length(shapely.boundary(piece))
    foot = shapely.get_coordinates(shapely.centroid(piece))[0]
    foot = foot + along * (at - float(foot @ along))
    normal = np.array([-along[1], along[0]]) * reach
    ends = [foot - normal, foot + normal]
    return shapely.LineString(ends), shapely.Polygon(
        [*ends, ends[1] + along * reach, ends[0] + along * reach]
    )


def _mapped(
    plane: Plane, areas: Shapes, faces: Shapes, streets: Sequence[Street], points: Shapes, load: Floats
) -> BlockMap:
    edges = edges_between(faces)
    price = _prices(plane, edges, streets)
    a, b, metres, mean = borders(edges, price)
    blocks = Blocks(_sums(faces, points, load), a, b, metres, mean)
    return BlockMap(plane, faces, edges, price, blocks, covering_one(areas, faces))


def _prices(plane: Plane, edges: Edges, streets: Sequence[Street]) -> Floats:
    """Give each edge the price of the cheapest street it lies on."""
    price = np.full(len(edges.a), PRICE_OFF_STREETS)
    if not streets:
        return price
    middles = shapely.points((edges.tail + edges.head) / 2)
    tree = shapely.STRtree(plane.project(_lines(streets)))
    edge, street = tree.query(middles, predicate="dwithin", distance=NEAR_STREET_M)
    np.minimum.at(price, edge, np.array([one.price for one in streets])[street])
    return price
