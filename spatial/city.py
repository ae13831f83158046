"""What the city as a whole is called, where it lies, and how much of it there is."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query


def describe(connection: Connection[Any], coverage: str) -> dict[str, Any]:
    """Describe the city: name, bbox [w, s, e, n], notes, sources, units by level, and row counts.

    An empty store has no name and a null bbox.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        facts = cursor.execute(query("spatial", "city"), {"coverage": coverage}).fetchall()[0]
    facts["units"] = {int(level): number for level, number in (facts["units"] or {}).items()}
    return {**facts, **(facts.pop("notes") or {}), "languages": ["zh", "en"]}
