"""Small coverages to edit, and operations in short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import shapely

from grid_editor.base import Base
from grid_editor.change import Change, UnitValue
from grid_editor.operations import parse
from grid_editor.state import State
from spatial.geometry.arcs import build_arcs
from spatial.geometry.precision import from_nano
from spatial.grids.units import Coverage

WEST, SOUTH = 116_300_000_000, 39_900_000_000
STEP = 10_000_000
LEVELS = ("district", "street", "community", "grid")


def uid(name: str) -> str:
    """The identity of a unit of the tests."""
    return str(uuid5(NAMESPACE_OID, name))


def about(complete: bool = True, levels: Sequence[str] = LEVELS, **rest: Any) -> Coverage:
    return Coverage(
        "grids", "网格", "Grids", "social", tuple(levels), "local", 50.0, complete=complete, **rest
    )


def unit(level: int, code: str, parent: str | None) -> UnitValue:
    """A unit with a hostile name."""
    name = f"'{code}\" <&%s>"
    return UnitValue(
        uid(code), level, code, None if parent is None else uid(parent), name, f"unit {code}", True
    )


def nano(x: float, y: float) -> tuple[int, int]:
    """Turn steps from the south-west corner into nano-degrees."""
    return WEST + round(x * STEP), SOUTH + round(y * STEP)


def at(x: float, y: float) -> list[float]:
    """Turn steps from the south-west corner into degrees."""
    lon, lat = from_nano(nano(x, y)).tolist()
    return [lon, lat]


def path(*points: tuple[float, float]) -> list[list[float]]:
    """A line through places in steps."""
    return [at(*point) for point in points]


def area(*points: tuple[float, float]) -> dict[str, Any]:
    """A polygon through places in steps."""
    return {"type": "Polygon", "coordinates": [[*path(*points), at(*points[0])]]}


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return area((west, south), (east, south), (east, north), (west, north))


def place(shape: Any) -> Any:
    """Move a shape in steps to its place on the precision grid."""
    corner = np.array([WEST, SOUTH])
    return shapely.transform(shape, lambda xy: from_nano(np.rint(xy * STEP).astype(np.int64) + corner))


def chessboard(columns: int = 4, rows: int = 4, complete: bool = True) -> State:
    """Squares g<column>-<row>; a community c<column> a column, a street s<n> two columns, a district d."""
    shapes = [place(shapely.box(i, j, i + 1, j + 1)) for i in range(columns) for j in range(rows)]
    units = [unit(4, f"g{i}-{j}", f"c{i}") for i in range(columns) for j in range(rows)]
    units += [unit(3, f"c{i}", f"s{i // 2}") for i in range(columns)]
    units += [unit(2, f"s{i}", "d") for i in range((columns + 1) // 2)] + [unit(1, "d", None)]
    return State(Base.compile(about(complete), 1, units, build_arcs(shapes)))


def flat(shapes: dict[str, Any], complete: bool = True) -> State:
    """A coverage of a community 'c' and its units, by code, shapes in steps and noded."""
    units = [unit(2, code, "c") for code in shapes] + [unit(1, "c", None)]
    noded = [place(shape) for shape in shapes.values()]
    return State(Base.compile(about(complete, ("community", "grid")), 1, units, build_arcs(noded)))


def do(state: State, op: str, **fields: Any) -> State:
    """Do an operation; what it says is proved, undone, done again and read back on the way."""
    operation = parse({"op": op, **fields})
    assert parse(operation.payload()) == operation
    change = operation.change(state)
    after = state.apply(change)
    assert Change.from_json(change.to_json()) == change
    assert after.apply(change.inverse()).change == state.change
    assert State.of(state.base, after.change) == after
    return after


def shape(state: State, code: str) -> Any:
    """The polygon of a unit in steps."""
    found = state.unit_by_code(code)
    assert found is not None
    return steps(state.polygon(found.id))


def steps(polygon: Any) -> Any:
    """Turn degrees into steps, for people to read."""
    return shapely.transform(polygon, lambda xy: (np.rint(xy * 1e9) - [WEST, SOUTH]) / STEP)


def named(state: State, name: str) -> UnitValue:
    """The one unit of a name."""
    (found,) = (unit for unit in state.units() if unit.name == name)
    return found
