"""Suggestions: split a unit that carries too much, even out neighbours, or draw micro-grids; with reasons.

Borders follow streets as long as that reaches the tolerance; only then blocks are cut straight through
between their points. A suggestion is a list of operations that can be sent to a plan as they are, so nothing
happens that an administrator has not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from grid_editor.adjacency import Floats, Ints
from grid_editor.balance import Division, parts_for, rebalance, split
from grid_editor.blocks import BlockMap, Loads, Street, cut_into_blocks
from spatial.errors import InvalidInput
from spatial.geometry.crs import area_m2

Json = dict[str, Any]
TOLERANCE = 0.05
MOST_PARTS = 200
_FINER = 0.5
"""A block that is cut through may carry this share of the tolerance: a few of them fill any part."""


@dataclass(frozen=True)
class Reason:
    """One thing to know about a suggestion; the words stand with the page."""

    key: str
    values: Mapping[str, float | str]


@dataclass(frozen=True)
class Part:
    """One area as it would be."""

    unit: str | None
    """The unit that it would be; None for a new one."""
    shape: Any
    """Polygon or MultiPolygon, degrees."""
    area_m2: float
    load_before: float | None
    load: float
    deviation: float
    """From the target, as a share of it."""


@dataclass(frozen=True)
class Suggestion:
    """What could be done, how good that would be, and why it is so."""

    kind: str
    target: float
    tolerance: float
    parts: tuple[Part, ...]
    operations: tuple[Json, ...]
    """Payloads for `POST /api/plans/{id}/operations`, in their order."""
    reasons: tuple[Reason, ...]
    moved_load: float
    border_m: float
    off_streets_m: float

    @property
    def is_balanced(self) -> bool:
        """Tell whether every part is within the tolerance of the target."""
        return all(abs(part.deviation) <= self.tolerance for part in self.parts)


def suggest_split(
    unit: str,
    shape: Any,
    streets: Sequence[Street],
    loads: Loads,
    parts: int = 0,
    most: float = 0.0,
    tolerance: float = TOLERANCE,
) -> Suggestion:
    """Split one unit into `parts`, or into as many as needed for none to carry more than `most`.

    shape: its area in degrees. The part with the greatest load stays the unit. Raises InvalidInput at `parts`
    or `most` when neither makes sense for what the unit carries.
    """
    carried = _carried(shape, loads)
    parts = parts or parts_for(carried, most * (1 - tolerance) if most > 0 else max(carried, 1.0))
    if not 2 <= parts <= MOST_PARTS or carried <= 0:
        raise InvalidInput.at("parts" if most <= 0 else "most", _pointless(parts, carried))
    blocks, division = _divided(
        [shape],
        streets,
        loads,
        carried / parts,
        tolerance,
        lambda found: split(found.blocks, parts, tolerance),
    )
    lines = [
        shapely.get_coordinates(line).tolist() for line in shapely.get_parts(blocks.outlines(division.part))
    ]
    named = [unit, *[None] * (parts - 1)]
    place = shapely.point_on_surface(blocks.area_of(division.part == 0))
    operation = {"op": "split", "unit": unit, "lines": lines, "keeps": [place.x, place.y], "datum": "wgs84"}
    return _suggestion("split", blocks, division, named, [carried, *[None] * (parts - 1)], [operation])


def suggest_rebalance(
    units: Mapping[str, Any], streets: Sequence[Street], loads: Loads, tolerance: float = TOLERANCE
) -> Suggestion:
    """Even out units (id → area in degrees) by handing blocks over their common borders.

    Raises InvalidInput at `units` when there are fewer than two or nothing lies in them.
    """
    names, shapes = list(units), list(units.values())
    carried = [_carried(shape, loads) for shape in shapes]
    if not 2 <= len(names) <= MOST_PARTS or sum(carried) <= 0:
        raise InvalidInput.at("units", "needs at least two units with something in them")
    blocks, division = _divided(
        shapes, streets, loads, sum(carried) / len(names), tolerance,
        lambda found: rebalance(found.blocks, found.home, tolerance),
    )  # fmt: skip
    operations = _transfers(blocks, division.part, names)
    return _suggestion("rebalance", blocks, division, names, list(carried), operations)


def draw_micro_grids(shape: Any, streets: Sequence[Street], loads: Loads, most: float) -> list[Any]:
    """Divide one grid into micro-grids of at most about `most` each; gives their areas, west to east.

    They fill the grid exactly; a grid that carries no more is its only micro-grid.
    """
    carried = _carried(shape, loads)
    parts = min(parts_for(carried, most), MOST_PARTS)
    if parts == 1:
        return [shape]
    blocks, division = _divided(
        [shape], streets, loads, carried / parts, 0.25, lambda found: split(found.blocks, parts, 0.25)
    )
    areas = [blocks.area_of(division.part == part) for part in range(parts) if (division.part == part).any()]
    return sorted(areas, key=lambda area: (area.centroid.x, -area.centroid.y))


def _carried(shape: Any, loads: Loads) -> float:
    shapely.prepare(shape)
    inside = shapely.intersects_xy(shape, loads.lon, loads.lat)
    return float(np.asarray(loads.load)[inside].sum())


def _pointless(parts: int, carried: float) -> str:
    if carried <= 0:
        return "there is nothing in the unit to divide by"
    return f"must make 2 to {MOST_PARTS} parts of the unit's {carried:g}, not {parts}"


def _divided(
    shapes: Sequence[Any],
    streets: Sequence[Street],
    loads: Loads,
    target: float,
    tolerance: float,
    divide: Callable[[BlockMap], Division],
) -> tuple[BlockMap, Division]:
    """Divide along streets; only when that is not even enough, cut blocks through."""
    blocks = cut_into_blocks(shapes, streets, loads, 0.0)
    division = divide(blocks)
    if division.is_balanced and division.is_contiguous:
        return blocks, division
    finer = cut_into_blocks(shapes, streets, loads, max(target * tolerance * _FINER, 1.0))
    return finer, divide(finer)


def _transfers(blocks: BlockMap, part: Ints, names: Sequence[str]) -> list[Json]:
    """Hand over what changes its unit, one connected area at a time."""
    operations: list[Json] = []
    for giver in range(len(names)):
        for taker in range(len(names)):
            moved = (blocks.home == giver) & (part == taker)
            if giver == taker or not moved.any():
                continue
            for area in shapely.get_parts(blocks.area_of(moved)):
                polygon = shapely.geometry.mapping(area)
                operations.append(
                    {"op": "transfer", "from": names[giver], "to": names[taker], "polygon": polygon}
                )
    return operations


def _suggestion(
    kind: str,
    blocks: BlockMap,
    division: Division,
    names: Sequence[str | None],
    before: Sequence[float | None],
    operations: Sequence[Json],
) -> Suggestion:
    shapes = [blocks.area_of(division.part == at) for at in range(len(names))]
    parts = tuple(
        Part(name, shape, area_m2(shape), was, float(load), float(load / division.target - 1))
        for name, shape, was, load in zip(names, shapes, before, division.load, strict=True)
    )
    return Suggestion(
        kind, division.target, division.tolerance, parts, tuple(operations), _reasons(blocks, division),
        division.moved_load, division.border_m, division.off_streets_m,
    )  # fmt: skip


def _reasons(blocks: BlockMap, division: Division) -> tuple[Reason, ...]:
    """Say what speaks for it, and what stands in the way of a better one."""
    heaviest = float(blocks.blocks.load.max(initial=0.0))
    found = [Reason("deviation", {"worst": division.worst, "tolerance": division.tolerance})]
    if division.border_m > 0:
        share = 1 - division.off_streets_m / division.border_m
        found.append(Reason("along_streets", {"share": share, "border_m": division.border_m}))
    if division.moved_load > 0:
        found.append(Reason("moved", {"load": division.moved_load, "blocks": division.moved_blocks}))
    if not division.is_balanced and heaviest > division.target * division.tolerance:
        found.append(Reason("heavy_block", {"load": heaviest, "target": division.target}))
    if not division.is_contiguous:
        found.append(Reason("in_pieces", {"parts": int((division.pieces > 1).sum())}))
    return tuple(found)


def loads_of(points: Sequence[tuple[float, float, float]]) -> Loads:
    """Make loads of (lon, lat, load) rows."""
    rows: Floats = np.asarray(points, np.float64).reshape(-1, 3)
    return Loads(rows[:, 0], rows[:, 1], rows[:, 2])
