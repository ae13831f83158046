"""Read a coverage back as it was in force at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from psycopg import Connection

from spatial.database import query
from spatial.errors import NotFound
from spatial.geometry.arcs import OUTSIDE, Arcs
from spatial.geometry.precision import to_nano
from spatial.grids.coverages import read_coverage
from spatial.grids.held import read_people, unit_of
from spatial.grids.units import Snapshot

ROOM = "spatial.grids"


def current_version(connection: Connection[Any], coverage: str, at: datetime | None = None) -> int:
    """Name the version in force at a moment (now, unless told); NotFound when there was none."""
    found = connection.execute(query(ROOM, "current_version"), {"coverage": coverage, "at": at}).fetchone()
    if found is None:
        raise NotFound(f"coverage '{coverage}' has no version in force at that time")
    return int(found[0])


def read_snapshot(connection: Connection[Any], coverage: str, at: datetime | None = None) -> Snapshot:
    """Read a whole coverage as in force at a moment (now, unless told), arcs and units of one version.

    Raises NotFound when nothing was in force then.
    """
    found = connection.execute(query(ROOM, "snapshot_version"), {"coverage": coverage, "at": at}).fetchone()
    if found is None:
        raise NotFound(f"coverage '{coverage}' has no version in force at that time")
    version, valid_from, moment = found
    about = read_coverage(connection, coverage)
    values = {"coverage": coverage, "at": moment}
    people = read_people(connection, coverage, moment)
    rows = connection.execute(query(ROOM, "snapshot_units"), values, binary=True)
    units = tuple(unit_of(row, people) for row in rows)
    base = {unit.unit_id: index for index, unit in enumerate(units) if unit.level == about.depth}
    arcs = _read_arcs(connection, values, base)
    return Snapshot(coverage, version, valid_from, about.tolerance_m, about.levels, units, arcs, about)


def _read_arcs(connection: Connection[Any], values: dict[str, Any], base: dict[UUID | None, int]) -> Arcs:
    rows = connection.execute(query(ROOM, "snapshot_arcs"), values, binary=True).fetchall()
    lines = shapely.from_wkb([bytes(row[0]) for row in rows])
    coords, owner = shapely.get_coordinates(lines, return_index=True)
    offsets = np.searchsorted(owner, np.arange(len(rows) + 1)).astype(np.int64)
    ends = np.array([row[1:3] for row in rows], np.int64).reshape(-1, 2)
    ids, numbered = np.unique(ends, return_inverse=True)
    nodes = to_nano(coords)[np.stack([offsets[:-1], offsets[1:] - 1], axis=1)].reshape(-1, 2)
    positions = np.empty((len(ids), 2), np.int64)
    positions[numbered.ravel()] = nodes
    sides = [[base[unit] if unit is not None else OUTSIDE for unit in row[3:5]] for row in rows]
    left, right = np.array(sides, np.int32).reshape(-1, 2).T.copy()
    start, end = numbered.reshape(-1, 2).astype(np.int32).T.copy()
    return Arcs(to_nano(coords), offsets, left, right, start, end, positions)
