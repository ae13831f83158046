"""The faces that arcs and lines cut an area into: each belonged to a unit, and each is given to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from grid_editor.adjacency import covering
from grid_editor.change import OUTSIDE, Change, Piece
from grid_editor.linking import relink
from grid_editor.noding import SNAP_NANO, Chain, Line, Noded, Vertex, node, snap_lines
from grid_editor.state import State

_Side = tuple[int, bool]
"""A chain, and whether the face lies on its left."""


@dataclass(frozen=True, eq=False)
class Face:
    """A piece of the plane that no border cuts any further."""

    polygon: Any
    """Whole nano-degrees from the overlay's origin, as doubles."""
    sides: tuple[_Side, ...]
    unit: str
    """The base unit that it belonged to, or "" outside."""

    @property
    def area(self) -> float:
        """In square nano-degrees: to compare faces near one another."""
        return float(self.polygon.area)

    @property
    def is_hairline(self) -> bool:
        """Tell whether it is hardly wider than a centimetre: left over by a line drawn along a border."""
        return 2 * self.area < SNAP_NANO * float(self.polygon.length)


@dataclass(frozen=True)
class Overlay:
    """Base units cut by lines."""

    state: State
    pieces: tuple[Piece, ...]
    noded: Noded
    origin: Vertex
    faces: tuple[Face, ...]
    """Those of the units that were given."""
    owner: dict[_Side, int] = field(repr=False)
    """The face on a side of a chain."""

    @classmethod
    def of(cls, state: State, units: Iterable[str], lines: Sequence[Line]) -> Overlay:
        """Cut base units (with "", also what is outside, next to them) by lines that may go beyond them."""
        cut = frozenset(units)
        pieces = tuple(sorted({piece for unit in cut - {OUTSIDE} for piece in state.pieces_of(unit)}))
        noded = node(pieces, snap_lines(lines, pieces))
        origin = noded.chains[0].points[0]
        faces = tuple(_faces(state, noded, origin, cut))
        owner = {side: number for number, face in enumerate(faces) for side in face.sides}
        return cls(state, pieces, noded, origin, faces, owner)

    def change(self, units: Sequence[str]) -> Change:
        """Give every face, in their order, to a unit; what becomes of the arcs."""
        chains = [
            replace(
                chain,
                left=self._unit(chain, (number, True), units),
                right=self._unit(chain, (number, False), units),
            )
            for number, chain in enumerate(self.noded.chains)
        ]
        return relink(self.state, self.pieces, chains, self.noded.fresh)

    def _unit(self, chain: Chain, side: _Side, units: Sequence[str]) -> str:
        if side in self.owner:
            return units[self.owner[side]]
        # Beyond the area an arc keeps its side. A line has none there; where nothing is cut it is left out.
        return chain.left if side[1] else chain.right

    def around(self, face: int, along: Callable[[Chain], bool]) -> dict[int, float]:
        """Give the faces next to one across chosen chains, with the length of border (nano-degrees)."""
        found: dict[int, float] = {}
        for number, is_left in self.faces[face].sides:
            other = self.owner.get((number, not is_left))
            chain = self.noded.chains[number]
            if other is not None and other != face and along(chain):
                found[other] = found.get(other, 0.0) + length(chain)
        return found

    def placed(self, geometry: Any) -> Any:
        """Move a geometry in nano-degrees to the faces' origin."""
        return shapely.transform(geometry, lambda xy: xy - np.array(self.origin, np.float64))

    def inside(self, area: Any) -> list[bool]:
        """Tell which faces lie in an area (nano-degrees) whose border is one of the lines."""
        region = self.placed(area)
        shapely.prepare(region)
        points = shapely.point_on_surface([face.polygon for face in self.faces])
        return list(np.atleast_1d(shapely.intersects(region, points)).tolist())

    def lying_in(self, areas: Sequence[Any]) -> list[tuple[int, ...]]:
        """List for every face the areas (nano-degrees) that it lies in; as `inside`, of many at once."""
        points = shapely.point_on_surface([face.polygon for face in self.faces])
        return covering(np.array([self.placed(area) for area in areas], object), points)

    def without_hairlines(self, units: Sequence[str]) -> list[str]:
        """Give hairlines to the face that they border on longest, of those that were one with them."""
        given = list(units)
        for number, face in enumerate(self.faces):
            if face.is_hairline:
                near = self.around(number, lambda chain: chain.of is None)
                wide = {other: far for other, far in near.items() if not self.faces[other].is_hairline}
                if wide:
                    given[number] = given[max(wide, key=lambda other: (wide[other], -other))]
        return given


def length(chain: Chain) -> float:
    """Measure a chain in nano-degrees: to compare chains near one another."""
    return float(np.hypot(*np.diff(np.array(chain.points, np.float64), axis=0).T).sum())


def _faces(state: State, noded: Noded, origin: Vertex, cut: frozenset[str]) -> Iterable[Face]:
    beginnings = _beginnings(noded.chains)
    for polygon in _polygonize(noded.chains, origin):
        sides = tuple(_sides(polygon, origin, beginnings))
        unit = _unit_of(state, noded.chains, sides, polygon, origin)
        if unit in cut:
            yield Face(polygon, sides, unit)


def _polygonize(chains: Sequence[Chain], origin: Vertex) -> Sequence[Any]:
    points = np.array([point for chain in chains for point in chain.points], np.int64) - np.array(origin)
    owner = np.repeat(np.arange(len(chains)), [len(chain.points) for chain in chains])
    lines = shapely.linestrings(points.astype(np.float64), indices=owner)
    found = shapely.orient_polygons(shapely.get_parts(shapely.polygonize(lines)))
    order = np.lexsort(shapely.bounds(found).T[::-1])
    return [found[i] for i in order]


def _beginnings(chains: Sequence[Chain]) -> dict[tuple[Vertex, Vertex], _Side]:
    """Find the chain, and the side, by the first edge on a walk that has the side on its left."""
    ahead = {chain.points[:2]: (number, True) for number, chain in enumerate(chains)}
    back = {chain.points[:-3:-1]: (number, False) for number, chain in enumerate(chains)}
    return {(edge[0], edge[1]): side for edge, side in (ahead | back).items()}


def _sides(polygon: Any, origin: Vertex, beginnings: dict[tuple[Vertex, Vertex], _Side]) -> Iterable[_Side]:
    for ring in (polygon.exterior, *polygon.interiors):
        points = (shapely.get_coordinates(ring).astype(np.int64) + np.array(origin)).tolist()
        for edge in pairwise(map(tuple, points)):
            if edge in beginnings:
                yield beginnings[edge]


def _unit_of(
    state: State, chains: Sequence[Chain], sides: Iterable[_Side], polygon: Any, origin: Vertex
) -> str | None:
    """Name the unit that a face belonged to by the arcs around it; None where several lie beyond them."""
    owned = [(chains[number], is_left) for number, is_left in sides if chains[number].of is not None]
    units = {chain.left if is_left else chain.right for chain, is_left in owned}
    if not units:
        point = shapely.get_coordinates(polygon.point_on_surface())[0]
        return state.unit_at((origin[0] + round(float(point[0])), origin[1] + round(float(point[1]))))
    return units.pop() if len(units) == 1 else None
