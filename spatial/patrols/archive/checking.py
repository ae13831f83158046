"""Look whether the files of the archive still say what was written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from spatial.database import connect, query
from spatial.patrols.archive import catalogue
from spatial.patrols.archive.rows import ROOM
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.writing import read_back


def check(url: str, store: Store, days: list[date] | None = None) -> Iterator[tuple[date, str | None]]:
    """Read the files of days, all unless told, and compare counts and hashes; gives what is wrong, or None.

    What was found is kept in the list of days. url: of the owner.
    """
    with connect(url) as connection:
        listed = catalogue.listed(connection, limit=100_000)
    for entry in reversed(listed):
        if entry.has_files and (days is None or entry.day in days):
            problem = _problem(store, entry)
            with connect(url) as connection:
                values = {"day": entry.day, "generation": entry.generation, "problem": problem}
                connection.execute(query(ROOM, "day_checked"), values)
            yield entry.day, problem


def _problem(store: Store, entry: catalogue.Entry) -> str | None:
    try:
        found = read_back(store, entry.day, entry.generation)
    except Exception as error:  # whatever a library says of a file that was damaged
        return f"cannot be read: {type(error).__name__}: {error}"[:500]
    wrong = [name for name, value in found.items() if value != getattr(entry, name)]
    return f"{', '.join(wrong)} not as written" if wrong else None
