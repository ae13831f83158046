"""Cries as those see them who see whoever cries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import NotFound
from spatial.patrols.cries.opening import ROOM, Row


@dataclass(frozen=True)
class Wanted:
    """Which cries are listed; everything that is given must hold."""

    state: str | None = None
    mover: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List cries, the last received first."""
    return _rows(connection, "listed", {**vars(wanted), "id": None})


def read(connection: Connection[Any], number: int) -> Row:
    """Show a cry with what was done about it; NotFound."""
    found = _rows(connection, "listed", {**vars(Wanted(limit=1)), "id": number})
    if not found:
        raise NotFound(f"there is no cry '{number}'")
    return {**found[0], "steps": _rows(connection, "steps", {"id": number})}


def _rows(connection: Connection[Any], name: str, values: Row) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()
