"""Prove what operations did by a second engine: GEOS coverages and plain area arithmetic.

Nothing here uses the noding, the faces or the linking; polygons come from the arcs by `spatial.geometry`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from grid_editor.change import OUTSIDE, Change, Piece, UnitValue, in_order
from grid_editor.pieces import from_arcs, to_arcs
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.geometry.arcs import build_arcs, build_polygons
from spatial.geometry.plane import Plane

ROUNDING_M = 2e-4
"""How far rounding to the precision grid may move a border: one and a half times its diagonal step."""
BROKEN = (InvalidInput, shapely.GEOSException, ValueError)
"""What the making of polygons raises where borders do not close, or turn areas inside out."""
Shapes = npt.NDArray[np.object_]
_TEXTS = {
    "invalid": "the border of {units} would cross or touch itself",
    "coverage": "the border would cross or touch another border of {units}",
    "area": "the areas of {units} would not add up to what they were ({measure:.3f} m² differ)",
    "bystander": "{units} would change, though nothing was to happen there",
    "parent": "{units} does not lie in a unit of the level above",
    "doubled": "two borders of {units} would fall into one",
    "parent_area": "the area of {units} is not that of the units below it",
    "empty": "{units} has no area",
    "code": "the code of {units} is given twice",
    "normal_form": "the borders of {units} are not stored as arcs from node to node",
}


@dataclass(frozen=True)
class Flaw:
    """Something that keeps a coverage from being one."""

    rule: str
    """invalid, coverage, doubled, area, bystander, parent, parent_area, empty, code or normal_form."""
    units: tuple[str, ...]
    lon: float
    lat: float
    measure: float | None = None
    """Square metres, where areas are compared."""

    def sentence(self, state: State) -> str:
        """Say it to the person who draws."""
        names = [found.name if (found := state.find(unit)) else "the new unit" for unit in self.units]
        named = ", ".join(f"'{name}'" for name in names)
        text = _TEXTS[self.rule].format(units=named or "the coverage", measure=self.measure or 0.0)
        return f"{text} at {self.lon:.6f}, {self.lat:.6f}"


def prove(before: State, after: State, change: Change, meant: Collection[str] | None = None) -> list[Flaw]:
    """Prove a change near the units it touches; nothing is found where all is well.

    Every polygon is valid, the units and the ring around them are a coverage, areas add up to what they were
    but for rounding, and units that were not `meant` (all are, unless told) have only got vertices.
    """
    flaws = prove_near(after, change.reshaped - change.retired)
    return flaws or _wrong_areas(before, after, change, change.reshaped if meant is None else meant)


def prove_near(state: State, units: Collection[str]) -> list[Flaw]:
    """Prove that base units and the ring around them are a coverage, whatever made them so."""
    try:
        patch = state.neighbourhood(units)
    except BROKEN:
        return _unclosed(state, sorted(units))
    ids, shapes = [unit.id for unit in patch.units], _array(patch.polygons)
    return _improper(ids, shapes) or _unmatched(ids, shapes) or _doubled(patch.pieces)


def _doubled(pieces: Sequence[Piece]) -> list[Flaw]:
    """Find edges that two borders have in common: what lay between them has collapsed to a line.

    The polygons beside it are as good as any, so GEOS does not see it.
    """
    sizes = np.array([len(piece.coords) // 16 for piece in pieces], np.int64)
    coords = np.frombuffer(b"".join(piece.coords for piece in pieces), "<i8").reshape(-1, 2)
    within = np.ones(max(len(coords) - 1, 0), bool)
    within[np.cumsum(sizes)[:-1] - 1] = False
    first, second = coords[:-1][within], coords[1:][within]
    swap = (first[:, 0] > second[:, 0]) | ((first[:, 0] == second[:, 0]) & (first[:, 1] > second[:, 1]))
    edges = np.hstack([np.where(swap[:, None], second, first), np.where(swap[:, None], first, second)])
    order = np.lexsort(edges.T)
    again = order[1:][(edges[order][1:] == edges[order][:-1]).all(axis=1)]
    owner = np.repeat(np.arange(len(pieces)), sizes)[:-1][within]
    return [
        Flaw("doubled", tuple(sorted({*pieces[owner[i]].sides} - {OUTSIDE})), *(edges[i, :2] / 1e9).tolist())
        for i in sorted(again.tolist())
    ]


def emptied(state: State, units: Collection[str]) -> list[Flaw]:
    """Name those of some units above that nothing lies in any more."""
    found = (state.find(unit) for unit in sorted(units))
    return [
        Flaw("empty", (unit.id,), 0.0, 0.0)
        for unit in found
        if unit is not None and unit.level < state.base.depth and not state.children(unit.id)
    ]


def prove_all(state: State) -> list[Flaw]:
    """Prove a whole coverage: polygons, edges, normal form, the tree, and the areas of all units above."""
    base = sorted(state.units(state.base.depth), key=lambda unit: unit.id)
    ids = [unit.id for unit in base]
    index = {id: i for i, id in enumerate(ids)}
    arcs = to_arcs(sorted(state.pieces(), key=in_order), index)
    try:
        shapes = _array(build_polygons(arcs, len(ids)))
    except BROKEN:
        return _unclosed(state, ids)
    flaws = _broken_tree(state) + _improper(ids, shapes)
    if flaws:
        return flaws
    flaws = _unmatched(ids, shapes)
    if not flaws:
        differing = {*from_arcs(arcs, ids)} ^ {*from_arcs(build_arcs(shapes), ids)}
        sides = sorted({side for piece in differing for side in piece.sides} - {OUTSIDE})
        flaws = [Flaw("normal_form", (id,), *_inside(shapes[index[id]])) for id in sides]
    return flaws or _wrong_parents(state, dict(zip(ids, shapes, strict=True)))


def _unclosed(state: State, units: Sequence[str]) -> list[Flaw]:
    """Find the units whose borders enclose nothing; all of them are named when none fails alone."""
    flaws = []
    for unit in units:
        try:
            state.polygons([unit])
        except BROKEN:
            lon, lat = next((piece.ends[0] for piece in state.pieces_of(unit)), (0, 0))
            flaws.append(Flaw("invalid", (unit,), lon / 1e9, lat / 1e9))
    return flaws or [Flaw("invalid", tuple(units), 0.0, 0.0)]


def _array(shapes: Sequence[Any]) -> Shapes:
    found = np.empty(len(shapes), object)
    found[:] = shapes
    return found


def _inside(shape: Any) -> tuple[float, float]:
    if shape.is_empty:
        return 0.0, 0.0
    point = shapely.point_on_surface(shape)
    return float(point.x), float(point.y)


def _improper(ids: Sequence[str], shapes: Shapes) -> list[Flaw]:
    """A composed coverage may have base units that belong to no area, but none may be without area."""
    empty = np.flatnonzero(shapely.is_empty(shapes)).tolist()
    invalid = np.flatnonzero(~shapely.is_valid(shapes)).tolist()
    flaws = [Flaw("empty", (ids[i],), 0.0, 0.0) for i in empty]
    return flaws + [Flaw("invalid", (ids[i],), *_reason_place(shapes[i])) for i in invalid]


def _reason_place(shape: Any) -> tuple[float, float]:
    """GEOS names the place in brackets after the reason."""
    place = shapely.is_valid_reason(shape).partition("[")[2].rstrip("]").split()
    return (float(place[0]), float(place[1])) if len(place) >= 2 else _inside(shape)


def _unmatched(ids: Sequence[str], shapes: Shapes) -> list[Flaw]:
    if not len(shapes) or shapely.coverage_is_valid(shapes):
        return []
    edges = shapely.coverage_invalid_edges(shapes)
    at: dict[tuple[float, float], list[str]] = defaultdict(list)
    for i in np.flatnonzero(~shapely.is_empty(edges)).tolist():
        place = shapely.get_coordinates(edges[i])[:2].mean(axis=0)
        at[round(float(place[0]), 9), round(float(place[1]), 9)].append(ids[i])
    return [Flaw("coverage", tuple(units), *place) for place, units in at.items()]


def _wrong_areas(before: State, after: State, change: Change, meant: Collection[str]) -> list[Flaw]:
    """Compare in a plane in which rounding is the only thing that may change an area."""
    was = {unit: before.polygon(unit) for unit in sorted(change.reshaped - change.born)}
    now = {unit: after.polygon(unit) for unit in sorted(change.reshaped - change.retired)}
    plane = Plane.around(_array([*was.values(), *now.values()]))
    old, new = _project(plane, was), _project(plane, now)
    flaws = [
        Flaw("bystander", (unit,), *_inside(now[unit]))
        for unit in sorted(old.keys() & new.keys() - set(meant))
        if not _has_only_more_vertices(old[unit], new[unit])
    ]
    moved = _total(new) - _total(old) - _gained(old, new, change)
    allowed = ROUNDING_M * sum(shape.length for shape in (*old.values(), *new.values()))
    if abs(moved) > allowed:
        place = _inside(next(iter((now or was).values())))
        flaws.append(Flaw("area", tuple(now or was), *place, abs(moved)))
    return flaws


def _project(plane: Plane, shapes: Mapping[str, Any]) -> dict[str, Any]:
    return dict(zip(shapes, plane.project(_array(list(shapes.values()))), strict=True))


def _total(shapes: Mapping[str, Any]) -> float:
    return float(sum(shape.area for shape in shapes.values()))


def _has_only_more_vertices(old: Any, new: Any) -> bool:
    """Tell whether every vertex stays and the new ones lie on the border that was."""
    was, now = ({*map(tuple, shapely.get_coordinates(shape).tolist())} for shape in (old, new))
    fresh = sorted(now - was)
    if not was <= now:
        return False
    return not fresh or bool((shapely.distance(shapely.points(fresh), old.boundary) <= ROUNDING_M).all())


def _gained(old: Mapping[str, Any], new: Mapping[str, Any], change: Change) -> float:
    """Measure by union and difference what the units won from outside, where the outer border moved."""
    if not any(OUTSIDE in piece.sides for piece in (*change.removed, *change.added)):
        return 0.0
    was = shapely.union_all(list(old.values()))
    now = shapely.union_all(list(new.values()))
    return float(now.area - was.area)


def _broken_tree(state: State) -> list[Flaw]:
    """Every unit lies in one of the level right above, and codes are unique."""
    flaws: list[Flaw] = []
    owners: dict[tuple[bool, str], str] = {}
    for unit in state.units():
        above = None if unit.parent is None else state.find(unit.parent)
        is_free = unit.level == 1 or (unit.parent is None and _may_be_free(state, unit))
        if not is_free and (above is None or above.level != unit.level - 1):
            flaws.append(Flaw("parent", (unit.id,), 0.0, 0.0))
        if unit.code is not None and owners.setdefault((_kind(state, unit), unit.code), unit.id) != unit.id:
            flaws.append(
                Flaw("code", tuple(sorted((unit.id, owners[_kind(state, unit), unit.code]))), 0.0, 0.0)
            )
    return flaws


def _may_be_free(state: State, unit: UnitValue) -> bool:
    about = state.base.about
    return about.composed_of is not None and not about.complete and unit.level == state.base.depth


def _kind(state: State, unit: UnitValue) -> bool:
    """The grids in the lists of a composed coverage have codes of their own coverage."""
    return state.base.about.composed_of is not None and unit.level == state.base.depth


def _wrong_parents(state: State, shapes: Mapping[str, Any]) -> list[Flaw]:
    """The units above are derived: by dissolving arcs, and once more by the union of the coverage."""
    flaws = []
    for level in range(state.base.depth - 1, 0, -1):
        for unit in state.units(level):
            below = [shapes[id] for id in sorted(state.base_units_of(unit.id))]
            if not below:
                flaws.append(Flaw("empty", (unit.id,), 0.0, 0.0))
                continue
            union = shapely.coverage_union_all(below)
            derived = state.polygon(unit.id)
            differing = abs(union.area - derived.area)
            if differing > 1e-9 * derived.area or not shapely.is_valid(derived):
                flaws.append(Flaw("parent_area", (unit.id,), *_inside(derived)))
    return flaws
