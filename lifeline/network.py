"""Networks as those see them who run them: a list, one with its counts, and gone for good."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import NotFound

ROOM = "lifeline.networks"
Json = dict[str, Any]


def listed(connection: Connection[Any], after: int | None, limit: int) -> list[Json]:
    """List the networks that the reader may see, in the order in which they came."""
    return _read(connection, {"name": None, "after": after, "limit": limit})


def read(connection: Connection[Any], name: str) -> Json:
    """Read one with how many rows it has and how long it is (m); NotFound."""
    found = _read(connection, {"name": name, "after": None, "limit": 1})
    if not found:
        raise NotFound(f"there is no network '{name}'")
    with connection.cursor(row_factory=dict_row) as cursor:
        counts = cursor.execute(query(ROOM, "counts"), {"network": found[0]["id"]}).fetchall()[0]
    return {**found[0], **counts}


def remove(connection: Connection[Any], name: str) -> None:
    """Delete a network with all that it is made of; NotFound."""
    if connection.execute(query(ROOM, "network_delete"), {"name": name}).rowcount == 0:
        raise NotFound(f"there is no network '{name}'")


def _read(connection: Connection[Any], values: Json) -> list[Json]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "networks"), values).fetchall()
