"""Checks of shape: parts, slivers, holes, size, and ground that two units have or none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely

from grid_editor.change import UnitValue
from grid_editor.checks import fixes
from grid_editor.checks.issues import Issue, make_issue, place_subject
from grid_editor.checks.rules import severity_of
from grid_editor.checks.sight import Sight, area_m2, perimeter_m

SLIVER_WIDTH_M = 3.0
"""A part that is thinner than this on average, …"""
SLIVER_THINNESS = 0.2
"""… and whose thinness 4πA/P² is below this, is a sliver: a circle has 1, a square 0.79."""
LEAST_OVERLAP_M2 = 1e-3


def parts(sight: Sight) -> Iterator[Issue]:
    """Find units in several parts: apart from one another, or touching in points only."""
    if sight.limits.get("contiguous", True) is False:
        return
    for unit in sight.units:
        pieces = shapely.get_parts(sight.shape(unit.id))
        if len(pieces) > 1:
            yield _scattered(sight, unit, pieces[np.argsort(-shapely.area(pieces), kind="stable")])


def _scattered(sight: Sight, unit: UnitValue, pieces: Any) -> Issue:
    apart = pieces[1:]
    touching = bool(shapely.intersects(pieces[0], apart).any())
    rule = "point_touch" if touching else "not_contiguous"
    return make_issue(
        rule, severity_of(rule, sight.limits), [unit.id], apart[0],
        measure=sum(area_m2(part) for part in apart), unit_of_measure="m2",
        values={**sight.named(unit.id), "parts": len(pieces)},
        fixes=_given_away(sight, unit, apart, "give_part") if unit in sight.drawn else (),
    )  # fmt: skip


def _given_away(sight: Sight, unit: UnitValue, apart: Any, key: str) -> tuple[Any, ...]:
    found = []
    for part in apart:
        neighbour = sight.beside_part(unit.id, part)
        if neighbour is not None:
            found.append(fixes.transfer(sight, key, unit.id, neighbour, part))
    return tuple(found)


def slivers(sight: Sight) -> Iterator[Issue]:
    """Find parts of base units that are long and thin: mostly the rest of a line drawn twice."""
    most_m = float(sight.limits.get("sliver_width_m", SLIVER_WIDTH_M))
    for unit in sight.drawn:
        whole = shapely.get_parts(sight.shape(unit.id))
        for part in whole:
            if _may_be_thin(part) and (found := _thin(part, most_m)):
                yield _sliver(sight, unit, part, found, is_all=len(whole) == 1)


def _may_be_thin(part: Any) -> bool:
    """Look in degrees first: near the poles nothing is checked, elsewhere stretching changes it by half."""
    return bool(4 * math.pi * shapely.area(part) < 3 * SLIVER_THINNESS * shapely.length(part) ** 2)


def _thin(part: Any, most_m: float) -> tuple[float, float] | None:
    """Give area (m²) and mean width (m) of a sliver, None of what is none."""
    area, around = area_m2(part), perimeter_m(part)
    width = 2 * area / around
    is_sliver = width < most_m and 4 * math.pi * area / around**2 < SLIVER_THINNESS
    return (area, width) if is_sliver else None


def _sliver(sight: Sight, unit: UnitValue, part: Any, found: tuple[float, float], is_all: bool) -> Issue:
    neighbour = sight.beside_part(unit.id, part)
    ways: tuple[Any, ...] = ()
    if neighbour is not None and is_all:
        ways = (fixes.merge(sight, "merge_into", unit.id, neighbour),)
    elif neighbour is not None:
        ways = (fixes.transfer(sight, "snap_sliver", unit.id, neighbour, part),)
    return make_issue(
        "sliver", severity_of("sliver", sight.limits), [unit.id], part, place_subject(part),
        measure=found[0], unit_of_measure="m2", fixes=ways,
        values={**sight.named(unit.id), "width": found[1]},
    )  # fmt: skip


def holes(sight: Sight) -> Iterator[Issue]:
    """Find base units that enclose others; ground of nobody inside is a gap, and told as that."""
    for unit in sight.drawn:
        for ring in shapely.get_rings(shapely.get_parts(sight.shape(unit.id))):
            if not shapely.is_ccw(ring):
                yield from _enclosed(sight, unit, shapely.Polygon(ring))


def _enclosed(sight: Sight, unit: UnitValue, hole: Any) -> Iterator[Issue]:
    inside = [
        other
        for other, _ in sight.beside(unit.id)
        if shapely.covers(hole, shapely.point_on_surface(sight.shape(other)))
    ]
    if not inside:
        return
    way = fixes.merge(sight, "merge_into", inside[0], unit.id)
    yield make_issue(
        "hole", severity_of("hole", sight.limits), [unit.id, *sorted(inside)], hole,
        measure=area_m2(hole), unit_of_measure="m2",
        values={**sight.named(unit.id), **sight.named(inside[0], "inner")}, fixes=(way,) * (len(inside) == 1),
    )  # fmt: skip


def sizes(sight: Sight) -> Iterator[Issue]:
    """Find base units that are smaller or larger than the coverage wants them."""
    least, most = size_limits(sight.limits)
    for unit in sight.drawn if least or most else ():
        size = area_m2(sight.shape(unit.id))
        rule = "too_small" if least and size < least else "too_large" if most and size > most else None
        if rule is None:
            continue
        kin = sight.kin_beside(unit)[:2] if rule == "too_small" else []
        yield make_issue(
            rule, severity_of(rule, sight.limits), [unit.id], sight.shape(unit.id),
            measure=size, unit_of_measure="m2",
            values={**sight.named(unit.id), "limit": float((least if rule == "too_small" else most) or 0)},
            fixes=tuple(fixes.merge(sight, "merge_into", unit.id, other) for other in kin),
        )  # fmt: skip


def size_limits(limits: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Read the least and the most area, m²; a target alone allows half and twice as much."""
    target = limits.get("area_target_m2")
    return limits.get("min_area_m2", target and target / 2), limits.get("max_area_m2", target and target * 2)


def overlaps(sight: Sight) -> Iterator[Issue]:
    """Find ground that two units have: arcs cannot draw it, so it is somebody's mistake in a program."""
    patch = sight.state.neighbourhood([unit.id for unit in sight.drawn])
    shapes = np.asarray(patch.polygons, dtype=object)
    if not len(shapes) or shapely.coverage_is_valid(shapes):
        return
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        if a < b and (found := overlap(shapes[a], shapes[b])) is not None:
            yield _overlap(sight, patch.units[a].id, patch.units[b].id, found)


def overlap(one: Any, other: Any) -> Any | None:
    """Give what two polygons share, None when that is nothing to speak of."""
    shared = shapely.intersection(shapely.make_valid(one), shapely.make_valid(other))
    return shared if area_m2(shared) > LEAST_OVERLAP_M2 else None


def _overlap(sight: Sight, one: str, other: str, shared: Any) -> Issue:
    ways = (
        fixes.transfer(sight, "give_to", other, one, shared),
        fixes.transfer(sight, "give_to", one, other, shared),
    )
    return make_issue(
        "overlap", severity_of("overlap", sight.limits), [one, other], shared, place_subject(shared),
        measure=area_m2(shared), unit_of_measure="m2",
        values={**sight.named(one), **sight.named(other, "other")}, fixes=ways,
    )  # fmt: skip
