"""Keeps the unit of places and components: rights and statistics ask it of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import Connection

from spatial.database import query
from spatial.grids.locate import LocateIndex, compile_index

if TYPE_CHECKING:
    from spatial.grids.versions import Snapshot

ROOM = "spatial.grids"
STAMPED_COVERAGE = "grids"
"""The coverage that reach and duties are written in."""
STAMPED = ("place", "component")
"""Things that stand still and belong to where they stand now; events keep the unit of their day."""


def restamp(connection: Connection[Any], snapshot: Snapshot) -> int:
    """Give every place and component the base unit it lies in by `snapshot`; returns how many moved.

    Other coverages than `grids` change nothing. Outside the tolerance a row has no unit.
    """
    if snapshot.coverage != STAMPED_COVERAGE:
        return 0
    # Whoever writes a place just now holds it shared: the row is stamped either by them, or seen here.
    connection.execute(query(ROOM, "publish_lock"), {"coverage": STAMPED_COVERAGE})
    codes = [unit.code for unit in snapshot.units[: snapshot.base_count]]
    index = compile_index(snapshot.arcs, codes, snapshot.tolerance_m)
    moved = sum(_restamp_table(connection, table, index) for table in STAMPED)
    values = {"coverage": snapshot.coverage, "version": snapshot.version}
    connection.execute(query(ROOM, "stamped"), values)
    return moved


def needs_stamps(connection: Connection[Any]) -> bool:
    """Tell whether a version has come into force that rows were not stamped by yet."""
    row = connection.execute(query(ROOM, "needs_stamps"), {"coverage": STAMPED_COVERAGE}).fetchone()
    return bool(row and row[0])


def _restamp_table(connection: Connection[Any], table: str, index: LocateIndex) -> int:
    rows = connection.execute(query(ROOM, f"stamps_{table}")).fetchall()
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
