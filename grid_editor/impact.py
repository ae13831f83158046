"""What a plan does to the units it touches (影响分析): before and after, and what changes hands.

Areas and lengths on the ellipsoid; people and households from the raster of cells, by exact shares; the rest
by points. What the reader may not know is None, not nought.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from grid_editor.change import OUTSIDE, Piece, UnitValue
from grid_editor.checks.limits import LIMITED, limit_of
from grid_editor.checks.shapes import size_limits
from grid_editor.checks.sight import area_m2, code_in, counted, open_only, perimeter_m
from grid_editor.facts import Facts, Figures
from grid_editor.pieces import lines_of
from grid_editor.state import State
from spatial.geometry.precision import FloatArray

LEAST_MOVED_M2 = 0.5
"""Less ground than this that changes hands is not told."""
SAME_LINE = 1e-8
"""Degrees: borders that lie this near to one another, a millimetre, are the same."""


@dataclass(frozen=True)
class Measures:
    """A unit at one side of the plan."""

    area_m2: float
    perimeter_m: float
    polsby_popper: float
    """4πA/P²: 1 for a circle, 0.79 for a square."""
    reock: float
    """Area by that of the smallest circle around it."""
    parts: int
    people: int
    """How many are assigned to it."""
    figures: Figures
    """By name of `facts.FIGURES`; None where it is not known."""


@dataclass(frozen=True)
class Held:
    """A limit of the coverage, held against a unit: green when it is kept."""

    rule: str
    least: float | None
    most: float | None
    before: bool | None
    """Kept before; None: no unit then, or nothing known."""
    after: bool | None


@dataclass(frozen=True)
class UnitImpact:
    """One unit that the plan touches."""

    id: str
    code: str | None
    name: str
    name_en: str
    level: int
    kind: str
    """new, retired or changed."""
    before: Measures | None
    after: Measures | None
    limits: tuple[Held, ...]


@dataclass(frozen=True)
class Moved:
    """Ground that changes hands, with what is on it; "" is outside of all units."""

    giver: str
    taker: str
    area_m2: float
    figures: Figures


@dataclass(frozen=True)
class Impact:
    """What a plan does, coarse units first."""

    units: tuple[UnitImpact, ...]
    moved: tuple[Moved, ...]
    """Between the deepest units, the largest area first."""


def impact(before: State, after: State, facts: Facts) -> Impact:
    """Compare two states of one coverage, unit by unit; an empty change gives nothing.

    facts: must reach around all touched units, on both sides (see `touched_shapes`).
    """
    ids = sorted(touched(before, after))
    was = _measured(before, facts, [id for id in ids if before.find(id)])
    now = _measured(after, facts, [id for id in ids if after.find(id)])
    units = [_unit(before, after, id, was.get(id), now.get(id)) for id in ids]
    units.sort(key=lambda unit: (unit.level, unit.code or "", unit.id))
    moved = sorted(_moved(before, after, facts), key=lambda each: (-each.area_m2, each.giver, each.taker))
    return Impact(tuple(units), tuple(moved))


def new_borders(before: State, after: State) -> Any:
    """Give what of the borders (degrees) is new in a state; an empty collection for nothing."""
    change = before.change.inverse().then(after.change)
    was, now = (shapely.union_all(lines_of(pieces)) for pieces in (change.removed, change.added))
    return shapely.difference(now, was)


def touched(before: State, after: State) -> set[str]:
    """Name the units whose borders or values differ, and those above them whose borders follow."""
    change = before.change.inverse().then(after.change)
    found = {unit.id for unit in (*change.before, *change.after)}
    was, now = (
        _borders(state, pieces) for state, pieces in ((before, change.removed), (after, change.added))
    )
    found |= {id for id in was.keys() | now.keys() if _runs_elsewhere(was.get(id, []), now.get(id, []))}
    for unit in change.before:
        if unit.id not in change.retired:
            chains = [{above.id for above in _above(state, state.unit(unit.id))} for state in (before, after)]
            found |= chains[0] ^ chains[1]
    return {id for id in found if after.find(id) or before.find(id)}


def touched_shapes(before: State, after: State) -> list[Any]:
    """Give the polygons of all touched units on both sides: facts are read for the box around them."""
    ids = sorted(touched(before, after))
    return [state.polygon(id) for state in (before, after) for id in ids if state.find(id)]


def _borders(state: State, pieces: tuple[Piece, ...]) -> dict[str, list[Piece]]:
    """List, for the units of all levels beside some arcs, those of the arcs that are their border."""
    borders: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        sides = [{side, *(unit.id for unit in _above(state, state.find(side)))} for side in piece.sides]
        for id in (sides[0] ^ sides[1]) - {OUTSIDE}:
            borders[id].append(piece)
    return borders


def _runs_elsewhere(was: list[Piece], now: list[Piece]) -> bool:
    """Tell whether borders differ by more than vertices that lie on the line anyway."""
    if not was or not now:
        return bool(was or now)
    one, other = (shapely.multilinestrings(lines_of(pieces)) for pieces in (was, now))
    return bool(shapely.hausdorff_distance(one, other) > SAME_LINE)


def _above(state: State, unit: UnitValue | None) -> list[UnitValue]:
    chain = []
    while unit is not None and unit.parent:
        unit = state.find(unit.parent)
        chain += [unit] if unit is not None else []
    return chain


def _measured(state: State, facts: Facts, ids: list[str]) -> dict[str, Measures]:
    figures = counted(state, facts, ids)
    return {id: _measures(state.polygon(id), state.unit(id), figures[id]) for id in ids}


def _measures(shape: Any, unit: UnitValue, figures: Figures) -> Measures:
    area, around = area_m2(shape), perimeter_m(shape)
    compact = 4 * math.pi * area / around**2 if around else 0.0
    return Measures(
        area, around, compact, reock(shape), len(shapely.get_parts(shape)), len(unit.people), figures
    )


def reock(shape: Any) -> float:
    """Compare the area of a polygon (lon, lat) with that of the smallest circle around it; 0 to 1."""
    if shapely.is_empty(shape):
        return 0.0
    stretch = math.cos(math.radians(shapely.get_y(shapely.centroid(shape))))
    flat = shapely.transform(shape, lambda lonlat: _flattened(lonlat, stretch))
    return float(flat.area / (math.pi * shapely.minimum_bounding_radius(flat) ** 2))


def _flattened(lonlat: FloatArray, stretch: float) -> FloatArray:
    return np.asarray(lonlat * (stretch, 1.0), np.float64)


def _unit(before: State, after: State, id: str, was: Measures | None, now: Measures | None) -> UnitImpact:
    value = after.find(id) or before.unit(id)
    kind = "new" if was is None else "retired" if now is None else "changed"
    depth = after.base.depth - bool(after.base.about.composed_of)
    held = tuple(_held(after.base.about.limits, was, now)) if value.level == depth else ()
    return UnitImpact(id, value.code, value.name, value.name_en, value.level, kind, was, now, held)


def _held(limits: Any, was: Measures | None, now: Measures | None) -> Iterator[Held]:
    for key, figure in LIMITED.items():
        least, most = limit_of(limits, key)
        if least is not None or most is not None:
            sides = [None if side is None else side.figures[figure] for side in (was, now)]
            yield Held(key, least, most, *(_keeps(value, least, most) for value in sides))
    least, most = size_limits(limits)
    if least is not None or most is not None:
        areas = [None if side is None else side.area_m2 for side in (was, now)]
        yield Held("area_m2", least, most, *(_keeps(value, least, most) for value in areas))
    if limits.get("contiguous", True):
        parts = [None if side is None else float(side.parts) for side in (was, now)]
        yield Held("contiguous", 1, 1, *(_keeps(value, 1, 1) for value in parts))


def _keeps(value: float | None, least: float | None, most: float | None) -> bool | None:
    if value is None:
        return None
    return (least is None or value >= least) and (most is None or value <= most)


def _moved(before: State, after: State, facts: Facts) -> Iterator[Moved]:
    """Lay the base units of both sides over one another; only reshaped ones can have given anything."""
    change = before.change.inverse().then(after.change)
    givers = [id for id in sorted(change.reshaped) if before.find(id)]
    takers = [id for id in sorted(change.reshaped) if after.find(id)]
    pairs = [
        (giver, taker, ground)
        for giver in givers
        for taker in takers
        if giver != taker and (ground := _shared(before.polygon(giver), after.polygon(taker))) is not None
    ]
    pairs += list(_with_outside(before, after, givers, takers))
    counts = facts.count([ground for _, _, ground in pairs])
    for (giver, taker, ground), figures in zip(pairs, counts, strict=True):
        # Rows are the reader's by the unit that they lie in now.
        known = facts.knows(code_in(before, before.unit(giver)) if giver != OUTSIDE else None)
        yield Moved(giver, taker, area_m2(ground), figures if known else open_only(figures))


def _with_outside(
    before: State, after: State, givers: list[str], takers: list[str]
) -> Iterator[tuple[str, str, Any]]:
    was = shapely.union_all([before.polygon(id) for id in givers])
    now = shapely.union_all([after.polygon(id) for id in takers])
    if shapely.equals(was, now):
        return
    for giver in givers:
        if (ground := _worth(shapely.difference(before.polygon(giver), now))) is not None:
            yield giver, OUTSIDE, ground
    for taker in takers:
        if (ground := _worth(shapely.difference(after.polygon(taker), was))) is not None:
            yield OUTSIDE, taker, ground


def _shared(one: Any, other: Any) -> Any | None:
    return _worth(shapely.intersection(one, other)) if shapely.intersects(one, other) else None


def _worth(ground: Any) -> Any | None:
    """Keep the areas of a geometry, None when they are not worth telling."""
    parts = [part for part in shapely.get_parts(ground).tolist() if part.geom_type == "Polygon"]
    shape = shapely.MultiPolygon(parts)
    return shape if parts and area_m2(shape) >= LEAST_MOVED_M2 else None
