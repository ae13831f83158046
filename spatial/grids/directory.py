"""Look units up: what a coverage is made of at a moment, and the whole story of one unit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import NotFound
from spatial.types import BBox

ROOM = "spatial.grids"
Json = dict[str, Any]


def newest(connection: Connection[Any]) -> dict[str, Json]:
    """Name the version in force of every coverage that has one: version, valid_from, units by level."""
    return {row.pop("coverage"): row for row in _rows(connection, "directory_versions", {})}


def units(
    connection: Connection[Any],
    coverage: str,
    level: int,
    at: datetime | None = None,
    *,
    parent: str | None = None,
    bbox: BBox | None = None,
    after: str = "",
    limit: int = 1000,
) -> list[Json]:
    """List the units of a level at a moment (now, unless told) that the session's reader may see, by code.

    parent: only those below this code; bbox: only those that touch it, degrees; after: codes behind this one.
    """
    box = dict.fromkeys(("west", "south", "east", "north")) if bbox is None else bbox._asdict()
    values = {
        "coverage": coverage,
        "level": level,
        "at": at,
        "parent": parent,
        "after": after,
        "limit": limit,
    }
    return _rows(connection, "directory_units", {**values, **box})


def portrait(connection: Connection[Any], coverage: str, code: str, at: datetime | None = None) -> Json:
    """Tell everything of the unit that had a code at a moment: people, versions, lineage.

    As far as the session's reader may see; NotFound when there was no such unit.
    """
    found = _rows(connection, "directory_unit", {"coverage": coverage, "code": code, "at": at})
    if not found:
        raise NotFound(f"there was no unit {code[:40]} of '{coverage[:40]}' at that time")
    values = {"unit": found[0]["id"], "at": at}
    return {
        **found[0],
        "people": _rows(connection, "directory_people", values),
        "versions": _rows(connection, "directory_history", values),
        "lineage": _rows(connection, "directory_lineage", values),
    }


def _rows(connection: Connection[Any], name: str, values: Json) -> list[Json]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()


def version_moment(connection: Connection[Any], coverage: str, version: int) -> datetime:
    """Tell when a version came into force; NotFound when the coverage has none of that number."""
    row = connection.execute(
        query(ROOM, "directory_moment"), {"coverage": coverage, "version": version}
    ).fetchone()
    if row is None:
        raise NotFound(f"'{coverage[:40]}' has no version {version}")
    moment: datetime = row[0]
    return moment
