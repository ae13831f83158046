"""Erase where somebody was: from the database and from every file of the archive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from psycopg import Connection

from spatial.database import connect, query
from spatial.patrols.archive import catalogue
from spatial.patrols.archive.rows import ROOM
from spatial.patrols.archive.running import writing
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.writing import Order, write_day


def erase(url: str, store: Store, mover: int) -> dict[str, int]:
    """Erase the fixes of a mover, what days of theirs came to, and their heat; gives how many of each.

    Sums that their heat is in go as well: until they are made anew, questions add up the rows of the others.
    The old files go at once, and not after the time that others have to read them. Cut off, it is simply
    called again. What was decided by the fixes (results of patrols) is a record of its own, and stays.
    """
    with writing(url, store):
        with connect(url) as connection:
            whom = {"mover": mover}
            fixes, days_graded = from_database(connection, mover)
            days = [day for (day,) in connection.execute(query(ROOM, "days_with"), whom).fetchall()]
            entries = catalogue.find(connection, days)
        for day in days:
            entry = entries[day]
            write_day(url, store, Order(day, entry.tier, entry.bound_m, without=frozenset({mover})))
        with connect(url) as connection:
            named = catalogue.named(connection, store)
        store.sweep(named, timedelta(0))
    return {"fixes": fixes, "days": days_graded, "files": len(days)}


def from_database(connection: Connection[Any], mover: int) -> tuple[int, int]:
    """Erase the rows of a mover, and the sums that they are in; gives how many fixes, and graded days."""
    fixes, graded, warm = connection.execute(query(ROOM, "erase"), {"mover": mover}).fetchall()[0]
    for name in ("erase_sums", "erase_totals"):
        connection.execute(query(ROOM, name), {"days": warm or []})
    return fixes, graded
