"""A board of sixteen grids without a database, and schools that lie across it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely

from spatial.events.dispatch import Asked, Dispatcher
from spatial.events.dispatch.facts import Line, Person
from spatial.events.dispatch.rules import Rules
from spatial.geometry.arcs import build_arcs
from spatial.grids.locate import compile_index
from spatial.grids.published import Published
from spatial.grids.units import UnitDraft
from tests.spatial.grids.cities import SOUTH, STEP, WEST, draft, squares

SIDE = 4
MONDAY_NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon of a Monday in the city."""
DISTRICT = "990101"
MATTER = "01001001001"
LEVELS = ("district", "street", "community", "grid")


def code(column: int, row: int) -> str:
    """Name a grid: a street is two columns, a community one."""
    return f"{DISTRICT}{1 + column // 2:03d}{1 + column % 2:03d}{1 + row:03d}"


GRID_CODES = tuple(code(column, row) for column in range(SIDE) for row in range(SIDE))


def chain_of(grid: str) -> tuple[str, ...]:
    """List the codes of a grid and of all above it, from fine to coarse."""
    return grid, grid[:12], grid[:9], grid[:6]


def board() -> Published:
    """Compile the board."""
    index = compile_index(build_arcs(squares(SIDE, SIDE)), GRID_CODES, 30)
    chains = tuple(
        tuple(draft(len(up) // 3 - 1, up, None) for up in reversed(chain_of(grid))) for grid in GRID_CODES
    )
    return Published("grids", 7, MONDAY_NOON, 30, LEVELS, index, chains, frozenset())


def schools() -> Published:
    """Two schools: one in the very first grid, one across the border of the first two columns."""
    sites = [
        shapely.box(WEST + 0.2 * STEP, SOUTH + 0.2 * STEP, WEST + 0.4 * STEP, SOUTH + 0.4 * STEP),
        shapely.box(WEST + 0.9 * STEP, SOUTH + 1.2 * STEP, WEST + 1.1 * STEP, SOUTH + 1.4 * STEP),
    ]
    codes = ("S1", "S2")
    chains = tuple((UnitDraft(1, code, None, code, code, True),) for code in codes)
    index = compile_index(build_arcs(sites), codes, 0)
    return Published("school", 3, MONDAY_NOON, 0, ("school_area",), index, chains, frozenset())


def dispatcher(lines: list[Line], people: list[Person] = []) -> Dispatcher:  # noqa: B006
    """Make a dispatcher of the board, the schools and a duty list."""
    return Dispatcher(
        Rules(lines), {person.id: person for person in people}, {"grids": board(), "school": schools()}, 1
    )


def middle(grid: str) -> tuple[float, float]:
    """Give a point inside a grid that lies in no school."""
    place = GRID_CODES.index(grid)
    return WEST + (place // SIDE + 0.6) * STEP, SOUTH + (place % SIDE + 0.6) * STEP


def ask(points: Any, category: str = MATTER, at: datetime = MONDAY_NOON) -> Asked:
    """Ask for one matter at points."""
    array = np.array(points, float).reshape(-1, 2)
    return Asked(array[:, 0], array[:, 1], [category] * len(array), [at] * len(array))
