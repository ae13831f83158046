"""Keep the figures small: add up what changes of events have left, and make them anew."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from spatial.database import query

ROOM = "spatial.events.figures"
AT_ONCE = 200_000
"""Changes that are added up in one transaction."""


def fold(connection: Connection[Any], most: int = AT_ONCE) -> int:
    """Add up to `most` changes into the figures; returns how many there were. connection: of the owner.

    Writers of events do not wait for it, and readers see the same sums before and after.
    """
    connection.execute(query(ROOM, "fold_lock"))
    row = connection.execute(query(ROOM, "fold"), {"most": most}).fetchone()
    assert row is not None
    return int(row[0])


def rebuild(connection: Connection[Any]) -> None:
    """Count all events anew, as the owner, in one transaction; changes of events wait until it ends."""
    # First the lock of whoever folds: it would wait for our rows, and we for it.
    connection.execute(query(ROOM, "fold_lock"))
    connection.execute("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
    connection.execute("DELETE FROM figure_change")
    connection.execute("DELETE FROM figure")
    # A table of the session's own stands before the city's: what was folded leaves no dead rows to walk over.
    connection.execute(
        "CREATE TEMP TABLE figure_change (LIKE city.figure_change INCLUDING ALL) ON COMMIT DROP"
    )
    for month in connection.execute(query(ROOM, "rebuild_months")).fetchall():
        row = connection.execute("SELECT figuring(%s, '')", [_events_of(*month)]).fetchone()
        assert row is not None
        connection.execute(row[0])
        fold(connection, 2**62)
        connection.execute("TRUNCATE pg_temp.figure_change")
    connection.execute("DROP TABLE pg_temp.figure_change")


def _events_of(since: str, until: str) -> str:
    """Write a relation of some of the events, as `figuring` takes it."""
    return f"(SELECT * FROM event WHERE reported_at >= '{since}' AND reported_at < '{until}') AS e"  # noqa: S608
