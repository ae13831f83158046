"""Close the arcs of one unit into rings, and rings into polygons (the second half of `arcs`)."""

from __future__ import annotations

from collections import defaultdict
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from spatial.errors import InvalidInput
from spatial.geometry.precision import IntArray, from_nano

if TYPE_CHECKING:
    from spatial.geometry.arcs import Arcs

Step = tuple[int, bool]
"""An arc, and whether it is walked in its canonical direction."""
_Vector = tuple[int, int]


def close_rings(arcs: Arcs, steps: list[Step], unit: int) -> list[list[Step]]:
    """Join the steps of one unit (unit on the left) into simple rings; InvalidInput if they do not close."""
    leaving: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        leaving[_from_node(arcs, step)].append(step)
    unused = set(steps)
    rings = []
    for step in steps:
        if step in unused:
            rings += _split_at_touches(arcs, _trace(arcs, step, leaving, unused, unit))
    return rings


def _trace(
    arcs: Arcs, first: Step, leaving: dict[int, list[Step]], unused: set[Step], unit: int
) -> list[Step]:
    """Walk the border of one connected interior, always turning into the sector on the left."""
    walked, step = [], first
    while step in unused:
        unused.remove(step)
        walked.append(step)
        choices = leaving.get(_to_node(arcs, step), [])
        if not choices:
            raise _open_border(arcs, step, unit)
        step = choices[0] if len(choices) == 1 else _leftmost(arcs, step, choices)
    if step != first:
        raise _open_border(arcs, step, unit)
    return walked


def _leftmost(arcs: Arcs, arrived: Step, choices: list[Step]) -> Step:
    """Choose the arc that bounds the sector on the left of the arrival: the first one clockwise from it."""
    back = _direction(arcs, (arrived[0], not arrived[1]))

    def order(one: Step, other: Step) -> int:
        return _clockwise_order(back, _direction(arcs, one), _direction(arcs, other))

    return min(choices, key=cmp_to_key(order))


def _clockwise_order(back: _Vector, a: _Vector, b: _Vector) -> int:
    """Compare two directions by how far they lie clockwise from `back`, exactly."""
    half_a, half_b = _far_half(back, a), _far_half(back, b)
    if half_a != half_b:
        return half_a - half_b
    turn = _cross(a, b)
    return (turn > 0) - (turn < 0)


def _far_half(back: _Vector, direction: _Vector) -> int:
    """0 when the direction is reached within half a turn clockwise from `back`, else 1."""
    turn = _cross(back, direction)
    straight_on = turn == 0 and back[0] * direction[0] + back[1] * direction[1] < 0
    return 0 if turn < 0 or straight_on else 1


def _cross(a: _Vector, b: _Vector) -> int:
    return a[0] * b[1] - a[1] * b[0]


def _direction(arcs: Arcs, step: Step) -> _Vector:
    """Give the first edge of a step as an exact integer vector."""
    arc, forward = step
    at, to = (arcs.offsets[arc], 1) if forward else (arcs.offsets[arc + 1] - 1, -1)
    (ax, ay), (bx, by) = arcs.coords[at].tolist(), arcs.coords[at + to].tolist()
    return bx - ax, by - ay


def _split_at_touches(arcs: Arcs, ring: list[Step]) -> list[list[Step]]:
    """Cut a ring that comes back to a node into simple rings: a hole that touches its shell is a hole."""
    nodes = [_from_node(arcs, step) for step in ring]
    if len(set(nodes)) == len(nodes):
        return [ring]
    done: list[list[Step]] = []
    open_steps: list[Step] = []
    seen: list[int] = []
    for step in ring:
        seen.append(_from_node(arcs, step))
        open_steps.append(step)
        end = _to_node(arcs, step)
        if end in seen:
            cut = seen.index(end)
            done.append(open_steps[cut:])
            del open_steps[cut:], seen[cut:]
    return done


def _from_node(arcs: Arcs, step: Step) -> int:
    return int((arcs.start_node if step[1] else arcs.end_node)[step[0]])


def _to_node(arcs: Arcs, step: Step) -> int:
    return int((arcs.end_node if step[1] else arcs.start_node)[step[0]])


def _open_border(arcs: Arcs, step: Step, unit: int) -> InvalidInput:
    lon, lat = from_nano(arcs.nodes[_to_node(arcs, step)])
    return InvalidInput.at(f"unit {unit}", f"its border does not close at {lon:.9f}, {lat:.9f}")


def assemble_polygons(arcs: Arcs, rings: list[list[Step]], owner: list[int], n_units: int) -> list[Any]:
    """Make one MultiPolygon per unit from its simple rings (interior on the left of every ring)."""
    if not rings:
        return [shapely.MultiPolygon() for _ in range(n_units)]
    vertices = [_ring_vertices(arcs, ring) for ring in rings]
    index = np.repeat(np.arange(len(rings)), [len(v) for v in vertices])
    lines = shapely.linearrings(from_nano(np.concatenate(vertices)), indices=index)
    units = np.asarray(owner)
    is_shell = shapely.is_ccw(lines)
    shells, holes = np.flatnonzero(is_shell), np.flatnonzero(~is_shell)
    shell_of_hole = _match_holes(lines, units, shells, holes)
    members = np.concatenate([shells, holes])
    belongs = np.concatenate([np.arange(len(shells)), shell_of_hole])
    order = np.lexsort((members, np.arange(len(members)) >= len(shells), belongs))
    parts = shapely.polygons(lines[members[order]], indices=belongs[order])
    out = np.full(n_units, shapely.MultiPolygon(), dtype=object)
    return list(shapely.multipolygons(parts, indices=units[shells], out=out))


def _ring_vertices(arcs: Arcs, ring: list[Step]) -> IntArray:
    pieces = []
    for arc, forward in ring:
        coords = arcs.coords[arcs.offsets[arc] : arcs.offsets[arc + 1]]
        pieces.append(coords[:-1] if forward else coords[:0:-1])
    return np.concatenate(pieces)


def _match_holes(lines: Any, units: IntArray, shells: IntArray, holes: IntArray) -> IntArray:
    """Give each hole the place in `shells` of the smallest shell of its unit that covers it."""
    found = np.empty(len(holes), np.int64)
    for i, hole in enumerate(holes):
        own = np.flatnonzero(units[shells] == units[hole])
        if len(own) > 1:
            polygons = shapely.polygons(lines[shells[own]])
            covering = shapely.covers(polygons, shapely.polygons(lines[hole]))
            own = own[covering][np.argsort(shapely.area(polygons[covering]))]
        if not len(own):
            lon, lat = shapely.get_coordinates(lines[hole])[0]
            raise InvalidInput.at(
                f"unit {units[hole]}", f"a hole at {lon:.9f}, {lat:.9f} has no shell around it"
            )
        found[i] = own[0]
    return found
