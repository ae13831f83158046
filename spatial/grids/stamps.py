"""Keeps the unit of places and components: rights and statistics ask it of every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.grids.locate import LocateIndex, compile_index

if TYPE_CHECKING:
    from spatial.grids.units import Snapshot

ROOM = "spatial.grids"
STAMPED_COVERAGE = "grids"
"""The coverage that reach and duties are written in."""
STAMPED = ("place", "component", "resource")
"""Things that stand still and belong to where they stand now; events keep the unit of their day."""

Compiled = Callable[[], LocateIndex]
"""Compiles the index of a version when it is needed."""
_EVERYWHERE: dict[str, None] = dict.fromkeys(("west", "south", "east", "north"))
_METRES_PER_DEGREE = 35_000.0
"""Of longitude at 71° north, and fewer elsewhere: what is within the tolerance is within this, too."""


def restamp(connection: Connection[Any], snapshot: Snapshot) -> int:
    """Give every place and component the base unit it lies in by `snapshot`; returns how many moved.

    Other coverages than `grids` change nothing. Outside the tolerance a row has no unit.
    """
    if snapshot.coverage != STAMPED_COVERAGE:
        return 0
    codes = [unit.code for unit in snapshot.units[: snapshot.base_count]]
    compiled = partial(compile_index, snapshot.arcs, codes, snapshot.tolerance_m)
    return _restamp(connection, snapshot.version, compiled, _EVERYWHERE)


def restamp_moved(
    connection: Connection[Any], values: Mapping[str, Any], tolerance_m: float, compiled: Compiled
) -> int:
    """Do so where base units ended or began in the version that `publish` has just written.

    Everywhere, when rows were stamped by another version than the one before. values: of its scripts.
    """
    follows = connection.execute(query(ROOM, "stamps_follow"), values).fetchone()
    if not (follows and follows[0]):
        return _restamp(connection, values["version"], compiled, _EVERYWHERE)
    edges = connection.execute(query(ROOM, "stamps_box"), values).fetchone()
    if edges is None:
        connection.execute(query(ROOM, "stamped"), values)
        return 0
    grow = tolerance_m / _METRES_PER_DEGREE
    west, south, east, north = edges
    box = {"west": west - grow, "south": south - grow, "east": east + grow, "north": north + grow}
    return _restamp(connection, values["version"], compiled, box)


def _restamp(connection: Connection[Any], version: int, compiled: Compiled, box: Mapping[str, Any]) -> int:
    # Whoever writes a place just now holds it shared: the row is stamped either by them, or seen here.
    connection.execute(query(ROOM, "publish_lock"), {"coverage": STAMPED_COVERAGE})
    lies = {table: connection.execute(query(ROOM, f"stamps_{table}"), box).fetchall() for table in STAMPED}
    moved = 0
    if any(lies.values()):
        index = compiled()
        moved = sum(_restamp_table(connection, table, rows, index) for table, rows in lies.items())
    connection.execute(query(ROOM, "stamped"), {"coverage": STAMPED_COVERAGE, "version": version})
    return moved


def needs_stamps(connection: Connection[Any]) -> bool:
    """Tell whether a version has come into force that rows were not stamped by yet."""
    row = connection.execute(query(ROOM, "needs_stamps"), {"coverage": STAMPED_COVERAGE}).fetchone()
    return bool(row and row[0])


def _restamp_table(connection: Connection[Any], table: str, rows: list[Any], index: LocateIndex) -> int:
    if not rows:
        return 0
    ids, lon, lat, held = zip(*rows, strict=True)
    unit, _ = index.locate(np.array(lon), np.array(lat))
    codes = [index.codes[row] if row >= 0 else None for row in unit]
    moved = [(key, code) for key, code, old in zip(ids, codes, held, strict=True) if code != old]
    if moved:
        values = {"ids": [key for key, _ in moved], "codes": [code for _, code in moved]}
        connection.execute(query(ROOM, f"stamp_{table}"), values)
    return len(moved)
