"""Erase where somebody was: from the database and from every file of the archive."""

from __future__ import annotations

from datetime import timedelta

from spatial.database import connect, query
from spatial.patrols.archive import catalogue
from spatial.patrols.archive.rows import ROOM
from spatial.patrols.archive.running import writing
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.writing import Order, write_day


def erase(url: str, store: Store, mover: int) -> dict[str, int]:
    """Erase the fixes of a mover, what days of theirs came to, and their heat; gives how many of each.

    The old files go at once, and not after the time that others have to read them. Cut off, it is simply
    called again. What was decided by the fixes (results of patrols) is a record of its own, and stays.
    """
    with writing(url, store):
        with connect(url) as connection:
            whom = {"mover": mover}
            row = connection.execute(query(ROOM, "erase"), whom).fetchall()[0]
            days = [day for (day,) in connection.execute(query(ROOM, "days_with"), whom).fetchall()]
            entries = catalogue.find(connection, days)
        for day in days:
            entry = entries[day]
            write_day(url, store, Order(day, entry.tier, entry.bound_m, without=frozenset({mover})))
        with connect(url) as connection:
            named = catalogue.named(connection, store)
        store.sweep(named, timedelta(0))
    return {"fixes": row[0], "days": row[1], "files": len(days)}
