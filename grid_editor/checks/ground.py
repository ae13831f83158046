"""Checks of what a border runs through: buildings that it cuts, streets that it crosses in mid-block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from grid_editor.change import OUTSIDE, Piece
from grid_editor.checks import fixes
from grid_editor.checks.issues import Issue, make_issue, place_subject
from grid_editor.checks.rules import severity_of
from grid_editor.checks.sight import Sight, area_m2

LEAST_CUT_M2 = 5.0
"""A corner smaller than this is the inaccuracy of the map."""
JUNCTION_M = 25.0
"""A border may cross a street this near to another one: it turns at the junction, or follows the other."""
LEAST_ANGLE = 30.0
"""Degrees between border and street, above which the one does not follow the other."""
_DEGREES_PER_M = 1 / 111_035.0


def buildings(sight: Sight) -> Iterator[Issue]:
    """Find buildings that the border of a unit cuts in two."""
    pieces, lines = sight.borders
    if not pieces or not sight.facts.buildings:
        return
    line, building = sight.facts.building_tree.query(lines, predicate="crosses")
    for number in np.unique(building).tolist():
        near = [pieces[row] for row in line[building == number].tolist()]
        yield from _cut(sight, number, near)


def _cut(sight: Sight, number: int, pieces: list[Piece]) -> Iterator[Issue]:
    """Give the whole building to the unit that has most of it already."""
    thing = sight.facts.buildings[number]
    ids = sorted({side for piece in pieces for side in piece.sides} - {OUTSIDE})
    shape = shapely.make_valid(thing.shape)
    shares = {id: shapely.intersection(shape, sight.shape(id)) for id in ids}
    sizes = {id: area_m2(share) for id, share in shares.items()}
    order = sorted(ids, key=lambda id: (-sizes[id], id))
    rest = [id for id in order[1:] if sizes[id] >= sight.limits.get("least_cut_m2", LEAST_CUT_M2)]
    if not rest:
        return
    yield make_issue(
        "crosses_building", severity_of("crosses_building", sight.limits), order, shape, thing.id,
        measure=sum(sizes[id] for id in rest), unit_of_measure="m2",
        values={**sight.named(order[0]), "building": thing.name or thing.id},
        fixes=tuple(fixes.transfer(sight, "whole_building", id, order[0], shares[id]) for id in rest),
    )  # fmt: skip


def streets(sight: Sight) -> Iterator[Issue]:
    """Find streets that the border of a unit crosses where there is no junction."""
    pieces, lines = sight.borders
    if not pieces or not sight.facts.streets:
        return
    tree = sight.facts.street_tree
    border, street = tree.query(lines, predicate="crosses")
    crossings = shapely.intersection(lines[border], tree.geometries[street])
    for row, number, where in zip(border.tolist(), street.tolist(), crossings.tolist(), strict=True):
        for point in shapely.get_parts(where):
            across = point.geom_type == "Point" and _cuts_across(lines[row], tree.geometries[number], point)
            if across and not _at_junction(sight, number, point):
                yield _crossed(sight, pieces[row], number, point)


def _cuts_across(border: Any, street: Any, point: Any) -> bool:
    """Tell a border that crosses from one that follows the street and weaves about its middle."""
    turn = abs(_heading(border, point) - _heading(street, point)) % math.pi
    return min(turn, math.pi - turn) > math.radians(LEAST_ANGLE)


def _heading(line: Any, point: Any) -> float:
    """Measure the direction of a line at a point on it, in radians."""
    along = shapely.line_locate_point(line, point)
    ahead = shapely.line_interpolate_point(line, along + _DEGREES_PER_M)
    behind = shapely.line_interpolate_point(line, max(along - _DEGREES_PER_M, 0.0))
    return math.atan2(ahead.y - behind.y, (ahead.x - behind.x) * math.cos(math.radians(point.y)))


def _at_junction(sight: Sight, number: int, point: Any) -> bool:
    reach = float(sight.limits.get("junction_m", JUNCTION_M)) * _DEGREES_PER_M
    near = sight.facts.street_tree.query(point, predicate="dwithin", distance=reach)
    name = sight.facts.streets[number].name
    others = (sight.facts.streets[other].name for other in near.tolist() if other != number)
    # A street is drawn in several lines: another piece of it is no junction, but one without a name may be.
    return any(not other or other != name for other in others)


def _crossed(sight: Sight, piece: Piece, number: int, point: Any) -> Issue:
    ids = [side for side in piece.sides if side != OUTSIDE]
    street = sight.facts.streets[number]
    around = shapely.buffer(point, JUNCTION_M * _DEGREES_PER_M)
    return make_issue(
        "crosses_street", severity_of("crosses_street", sight.limits), ids, around, place_subject(point),
        values={**sight.named(ids[0]), "street": street.name or f"#{street.id}"},
    )  # fmt: skip
