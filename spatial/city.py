"""What the city as a whole is called, where it lies, and how much of it there is."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query

NO_NOTES: dict[str, Any] = {
    "name": None,
    "name_en": None,
    "extent_note": None,
    "extent_note_en": None,
    "sources": [],
}
"""What stands in for the notes of a city that nobody has described yet."""


def notes(connection: Connection[Any]) -> dict[str, Any]:
    """Read what whoever loaded the city had to say of its name, extent and sources; nulls for nothing."""
    row = connection.execute("SELECT notes FROM city_note").fetchone()
    return {**NO_NOTES, **(row[0] if row else {})}


def describe(connection: Connection[Any], coverage: str) -> dict[str, Any]:
    """Describe the city: name, bbox [w, s, e, n], notes, sources, levels, units by level, row counts.

    An empty store has null names and a null bbox.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        facts = cursor.execute(query("spatial", "city"), {"coverage": coverage}).fetchall()[0]
    facts["units"] = {int(level): number for level, number in (facts["units"] or {}).items()}
    notes = facts.pop("notes") or NO_NOTES
    return {**facts, **notes, "languages": ["zh", "en"]}


def describe_briefly(connection: Connection[Any], coverage: str) -> dict[str, Any]:
    """Give the notes of the city and its bbox [w, s, e, n], and count nothing; nulls for nothing."""
    box = connection.execute(query("spatial", "city_box"), {"coverage": coverage}).fetchone()
    return {**notes(connection), "bbox": box[0] if box else None}
