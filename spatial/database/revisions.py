"""Is the schema of a database the newest? Answered without the migration machinery, at every start."""

from __future__ import annotations

from pathlib import Path

from spatial.database import connect, query

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """Name the newest revision: migrations are numbered files, 0001_…, 0002_…"""
    return max(path.name.split("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def is_up_to_date(url: str) -> bool:
    """Tell whether the database is at the newest revision."""
    with connect(url) as connection:
        row = connection.execute(query("spatial.database", "has_revisions")).fetchone()
        if not (row and row[0]):
            return False
        return connection.execute(query("spatial.database", "revision")).fetchone() == (newest(),)
