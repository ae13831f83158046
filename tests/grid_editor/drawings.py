"""Small coverages drawn by hand: whole numbers of cells, about 100 m each, units by name."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from grid_editor.base import Base
from grid_editor.change import Change, UnitValue
from grid_editor.facts import Facts, Points, Thing
from grid_editor.state import State
from spatial.geometry.arcs import build_arcs
from spatial.geometry.precision import from_nano
from spatial.grids.units import Coverage

ORIGIN = (116_300_000_000, 39_900_000_000)
CELL_NANO = 1_000_000
"""Nano-degrees of a cell: 111 m of latitude, 85 m of longitude."""
CELL_M2 = 111.03 * 85.53
"""Area of a cell, nearly."""

WHOLE, LEFT, RIGHT = "whole", "left", "right"
"""The district and its two communities."""


def place(shape: Any) -> Any:
    """Move a geometry in cells to its place in degrees on the precision grid."""
    return shapely.transform(
        shape, lambda xy: from_nano(np.rint(np.asarray(xy) * CELL_NANO).astype(np.int64) + ORIGIN)
    )


def box(west: float, south: float, east: float, north: float) -> Any:
    """Draw a rectangle of cells."""
    return shapely.box(west, south, east, north)


def unit(id: str, level: int = 3, parent: str | None = LEFT, **rest: Any) -> UnitValue:
    """Make a unit that is called by its id."""
    values = {"code": f"code-{id}", "name": f"名{id}", "name_en": f"Name {id}", "generated": True, **rest}
    return UnitValue(id, level, parent=parent, **values)


def base(
    shapes: Mapping[str, Any],
    parents: Mapping[str, str] | None = None,
    limits: Mapping[str, Any] | None = None,
    values: Mapping[str, Mapping[str, Any]] | None = None,
    **about: Any,
) -> Base:
    """Compile a district of two communities from the shapes of its grids, in cells."""
    parents, values = parents or {}, values or {}
    ids = sorted(shapes)
    grids = [unit(id, parent=parents.get(id, LEFT), **values.get(id, {})) for id in ids]
    above = [unit(WHOLE, 1, None), unit(LEFT, 2, WHOLE), unit(RIGHT, 2, WHOLE)]
    coverage = Coverage(
        "grids", "网格", "Grids", "social", ("district", "community", "grid"), "local", 0.0,
        limits=limits or {}, **about,
    )  # fmt: skip
    arcs = build_arcs(snapped([place(shapes[id]) for id in ids]))
    return Base.compile(coverage, 1, [*grids, *above], arcs)


def snapped(shapes: list[Any]) -> list[Any]:
    """Give all shapes each other's vertices, so that their borders are the same."""
    vertices = shapely.get_coordinates(shapes)
    points = shapely.points(np.unique(vertices, axis=0))
    return [_with_vertices(shape, points) for shape in shapes]


def _with_vertices(shape: Any, points: Any) -> Any:
    found = []
    for part in shapely.get_parts(shape):
        rings = [_ring(shapely.get_coordinates(ring), points) for ring in shapely.get_rings(part)]
        found.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(found) if len(found) > 1 else found[0]


def _ring(ring: Any, points: Any) -> list[tuple[float, float]]:
    wanted: list[tuple[float, float]] = []
    for start, end in pairwise(ring):
        edge = shapely.LineString([start, end])
        on_it = points[shapely.dwithin(edge, points, 1e-12)]
        order = np.argsort(shapely.line_locate_point(edge, on_it))
        wanted += [tuple(xy) for xy in shapely.get_coordinates(on_it[order]).tolist()]
    return [*(xy for xy, before in zip(wanted, [None, *wanted], strict=False) if xy != before)]


def state(shapes: Mapping[str, Any], **rest: Any) -> State:
    """Draw a state as it is published."""
    return State(base(shapes, **rest))


def redrawn(before: State, after: State) -> State:
    """Make the state of a plan that turns one drawing into another."""
    change = Change.between(before.pieces(), after.pieces(), list(before.units()), list(after.units()))
    return State.of(before.base, change)


def points(*cells: tuple[float, float], weight: float = 1.0) -> Points:
    """Place points in cells."""
    at = np.reshape(cells, (-1, 2)) * CELL_NANO + np.asarray(ORIGIN)
    lonlat = at / 1e9
    return Points(lonlat[:, 0], lonlat[:, 1], np.full(len(lonlat), weight))


def thing(id: str, shape: Any, name: str = "") -> Thing:
    """Draw a building or street in cells."""
    return Thing(id, name, place(shape))


def facts(**rest: Any) -> Facts:
    """Make facts that know of every person; the rest as given."""
    return Facts(**{"staffed": None, **rest})


ROW = {"a": box(0, 0, 1, 1), "b": box(1, 0, 2, 1), "c": box(2, 0, 3, 1)}
"""Three squares in a row."""
