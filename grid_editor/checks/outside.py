"""Checks of where units may lie: ground of nobody, ground beyond the parent, nested units left behind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from grid_editor.change import OUTSIDE, Piece
from grid_editor.checks import fixes
from grid_editor.checks.issues import Fix, Issue, make_issue, place_subject
from grid_editor.checks.rules import severity_of
from grid_editor.checks.sight import Sight, area_m2, length_m
from grid_editor.state import State
from spatial.geometry.precision import IntArray, from_nano

LEAST_M2 = 0.01
"""Less ground than this is not spoken of: a square of ten centimetres."""
_MOST_STEPS = 20_000
"""Arcs that are walked around ground of nobody before it is taken for the world outside."""

Walk = list[tuple[Piece, bool]]
"""Arcs with whether each is walked in its own direction."""


def gaps(sight: Sight) -> Iterator[Issue]:
    """Find ground of nobody that is enclosed by units, in coverages that leave nothing out."""
    if not sight.state.base.about.complete:
        return
    seen: set[Piece] = set()
    for unit in sight.drawn:
        for piece in sight.state.pieces_of(unit.id):
            if OUTSIDE in piece.sides and piece not in seen:
                walk = walk_outside(sight.state, piece)
                seen |= {walked for walked, _ in walk}
                yield from _gap(sight, walk)


def walk_outside(state: State, start: Piece) -> Walk:
    """Walk around the ground of nobody beside an arc, that ground on the left, until the walk closes.

    Where several such arcs leave a node the sharpest left is taken, so the walk stays with one area. Gives
    nothing when it does not close: what is so long is the outside of the city.
    """
    at = (start, start.left == OUTSIDE)
    walk = [at]
    while len(walk) < _MOST_STEPS:
        at = _next(state, *at)
        if at == walk[0]:
            return walk
        walk.append(at)
    return []


def _next(state: State, piece: Piece, forward: bool) -> tuple[Piece, bool]:
    line = piece.points if forward else piece.points[::-1]
    here, back = (int(line[-1, 0]), int(line[-1, 1])), line[-2] - line[-1]
    ways = [
        (other, runs)
        for other in state.pieces_at(here)
        for runs in (True, False)
        if (other.left if runs else other.right) == OUTSIDE and other.ends[0 if runs else 1] == here
    ]
    return min(ways, key=lambda way: _clockwise(back, _leaving(*way)))


def _leaving(piece: Piece, forward: bool) -> IntArray:
    points = piece.points if forward else piece.points[::-1]
    return np.asarray(points[1] - points[0], np.int64)


def _clockwise(back: IntArray, out: IntArray) -> float:
    """Measure the turn from where one came from to where one may go, clockwise, above 0."""
    turn = math.atan2(back[1], back[0]) - math.atan2(out[1], out[0])
    return turn % (2 * math.pi) or 2 * math.pi


def _gap(sight: Sight, walk: Walk) -> Iterator[Issue]:
    lines = [piece.points if forward else piece.points[::-1] for piece, forward in walk]
    ring = np.concatenate([line[:-1] for line in lines]) if lines else np.empty((0, 2))
    if len(ring) < 3 or not shapely.is_ccw(shapely.LinearRing(ring)):
        return
    # Normal form: wherever the walk began, it is the same gap.
    shape = _without_islands(sight.state, shapely.normalize(shapely.Polygon(from_nano(ring))))
    size = area_m2(shape)
    if size >= LEAST_M2:
        yield _told_gap(sight, shape, size, _by_border(walk))


def _by_border(walk: Walk) -> list[str]:
    """Name the units around, the one with the longest border first."""
    metres: dict[str, float] = {}
    for piece, forward in sorted(walk):
        side = piece.right if forward else piece.left
        metres[side] = metres.get(side, 0.0) + length_m(piece.points)
    return sorted(metres, key=lambda unit: (-metres[unit], unit))


def _told_gap(sight: Sight, shape: Any, size: float, order: list[str]) -> Issue:
    ways = [fixes.absorb(sight, "absorb_longest", order[0], shape)]
    ways += [fixes.absorb(sight, "give_to", other, shape) for other in order[1:4]]
    return make_issue(
        "gap", severity_of("gap", sight.limits), order, shape, place_subject(shape),
        measure=size, unit_of_measure="m2", values=sight.named(order[0]), fixes=tuple(ways),
    )  # fmt: skip


def _without_islands(state: State, shape: Any) -> Any:
    """Leave out the units that lie within the ground of nobody."""
    nano = np.rint(np.asarray(shapely.bounds(shape)) * 1e9).astype(np.int64).tolist()
    near = [state.polygon(unit) for unit in sorted(state.units_in((nano[0], nano[1], nano[2], nano[3])))]
    islands = [island for island in near if shapely.covers(shape, island)]
    return shapely.difference(shape, shapely.union_all(islands)) if islands else shape


def outline(sight: Sight) -> Iterator[Issue]:
    """Find ground that the change takes into the coverage, or that it gives up."""
    change = sight.state.change
    at_edge = (piece for piece in (*change.added, *change.removed) if OUTSIDE in piece.sides)
    if all(sight.touched.isdisjoint(piece.sides) for piece in at_edge):
        return
    published = State(sight.state.base)
    ids = sorted(change.reshaped)
    was = shapely.union_all([published.polygon(id) for id in ids if id in published.base.pieces_of])
    now = shapely.union_all([sight.state.polygon(id) for id in ids if sight.state.find(id)])
    wanted = {"grown": shapely.difference(now, was)}
    if sight.state.base.about.complete:
        wanted["given_up"] = shapely.difference(was, now)
    for rule, ground in wanted.items():
        for part in shapely.get_parts(ground):
            yield from _changed(sight, rule, part, ids)


def _changed(sight: Sight, rule: str, part: Any, ids: list[str]) -> Iterator[Issue]:
    size = area_m2(part)
    if size < LEAST_M2:
        return
    concerned = [id for id in ids if sight.state.find(id) and shapely.intersects(sight.shape(id), part)]
    severity = severity_of(rule, sight.limits)
    yield make_issue(rule, severity, concerned, part, place_subject(part), measure=size, unit_of_measure="m2")


def parents(sight: Sight) -> Iterator[Issue]:
    """Find units without a parent of the level above, and those that lie beyond the unit they are in."""
    about = sight.state.base.about
    for unit in sight.units:
        if unit.level > 1:
            above = sight.state.find(unit.parent) if unit.parent else None
            if above is None or above.level != unit.level - 1:
                yield _orphan(sight, unit.id)
        elif about.within and unit.parent in sight.facts.parents:
            yield from _beyond(sight, unit.id, unit.parent or "")


def _orphan(sight: Sight, unit: str) -> Issue:
    severity = severity_of("wrong_parent", sight.limits)
    return make_issue("wrong_parent", severity, [unit], sight.shape(unit), values=sight.named(unit))


def _beyond(sight: Sight, unit: str, parent: str) -> Iterator[Issue]:
    shape, container = sight.shape(unit), sight.facts.parents[parent]
    if shapely.covers(container, shape):
        return
    beyond = shapely.difference(shape, container)
    size = area_m2(beyond)
    if size < LEAST_M2:
        return
    yield make_issue(
        "outside_parent", severity_of("outside_parent", sight.limits), [unit], beyond,
        measure=size, unit_of_measure="m2", fixes=(fixes.give_up(unit, beyond),),
        values={**sight.named(unit), "parent": parent},
    )  # fmt: skip


def nested(sight: Sight) -> Iterator[Issue]:
    """Find units of coverages that lie in this one which no longer lie in their unit here."""
    by_code = {unit.code: unit.id for unit in sight.units if unit.code}
    reshaped = sight.state.change.reshaped
    for below in sight.facts.nested:
        unit = by_code.get(below.parent_code or "")
        if unit is None or not (sight.state.base_units_of(unit) & reshaped):
            continue
        left = shapely.difference(below.shape, sight.shape(unit))
        if (size := area_m2(left)) >= LEAST_M2:
            ways = _following(sight, unit, left, below.name or below.code)
            yield make_issue(
                "nested_outside", severity_of("nested_outside", sight.limits), [unit], left,
                f"{below.coverage}/{below.code}", measure=size, unit_of_measure="m2",
                values={**sight.named(unit), "nested": below.name or below.code, "coverage": below.coverage},
                fixes=ways,
            )  # fmt: skip


def _following(sight: Sight, unit: str, left: Any, name: str) -> tuple[Fix, ...]:
    """Give the lost ground back to the unit, where base units beside it have it."""
    if not sight.is_base(sight.state.unit(unit)):
        return ()
    return tuple(
        fixes.transfer(sight, "follow_nested", other, unit, part, nested=name)
        for other, _ in sight.beside(unit)
        if area_m2(part := shapely.intersection(left, sight.shape(other))) >= LEAST_M2
    )
