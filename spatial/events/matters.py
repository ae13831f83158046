"""The kinds of events that there are."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query


def matters(connection: Connection[Any]) -> list[dict[str, Any]]:
    """List all matters (事项) with their class, in code order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query("spatial.events", "matters")).fetchall()
