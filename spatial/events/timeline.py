"""The time line of an event (流转记录), and what a page about it shows beside its feature."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import NotFound

ROOM = "spatial.events"

Row = dict[str, Any]


def timeline(connection: Connection[Any], event_id: int) -> list[Row]:
    """List all that happened to an event, oldest first: steps, warnings, files, disputes, merged events.

    Each has `kind` and `at`. NotFound when the reader does not see the event.
    """
    described(connection, event_id)
    found = [
        {"kind": kind, **row}
        for kind in ("step", "warning", "attachment", "dispute", "merged")
        for row in _rows(connection, f"timeline_{kind}", event_id)
    ]
    return sorted(found, key=lambda row: row["at"])


def described(connection: Connection[Any], event_id: int) -> Row:
    """Read what is known of an event beside what its feature has; NotFound."""
    rows = _rows(connection, "timeline_event", event_id)
    if not rows:
        raise NotFound(f"there is no event '{event_id}'")
    return rows[0]


def attachments(connection: Connection[Any], event_id: int) -> list[Row]:
    """List the files of an event."""
    return _rows(connection, "attachments", event_id)


def warnings(connection: Connection[Any], after: int, limit: int) -> list[Row]:
    """List warnings in the order they were given, from one on."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "warnings"), {"after": after, "limit": limit}).fetchall()


def _rows(connection: Connection[Any], name: str, event_id: int) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), {"id": event_id}).fetchall()
