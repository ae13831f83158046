"""The kinds of events that there are, and the lists that they come from."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query

ROOM = "spatial.events.matters"
Json = dict[str, Any]


def matters(connection: Connection[Any], profile: str | None = None) -> list[Json]:
    """List the matters (事项) that reports may name, in code order; or those of one list, in use or not."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "listed"), {"profile": profile}).fetchall()


def profiles(connection: Connection[Any]) -> list[Json]:
    """List the lists of matters: how many each has, and of how many it is known what they are in ours."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "profiles")).fetchall()


def mappings(connection: Connection[Any], profile: str) -> list[Json]:
    """List which matter in use each of a list may be, with score and evidence; the chosen one first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "mappings"), {"profile": profile}).fetchall()
