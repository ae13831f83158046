"""Tasks as whoever sent them, whoever looks after an area, and whoever they are for sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.errors import NotFound
from spatial.rights.reader import Reader
from spatial.tasks.people import ROOM
from spatial.tasks.sending import say

Json = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which tasks are listed; everything that is given must hold."""

    kind: str | None = None
    state: str | None = None
    account: int | None = None
    event: int | None = None
    place: int | None = None
    component: int | None = None
    mover: int | None = None
    before: int | None = None
    limit: int = 100


def listed(connection: Connection[Any], wanted: Wanted) -> list[Json]:
    """List tasks, newest first, with how many of those whom the reader sees are in which state."""
    return _rows(connection, "listed", {**vars(wanted), "id": None})


def read(connection: Connection[Any], number: int) -> Json:
    """Show a task with those whom it is for, as far as the reader sees them; NotFound."""
    found = _rows(connection, "listed", {**vars(Wanted(limit=1)), "id": number})
    if not found:
        raise NotFound(f"there is no task '{number}'")
    return {**found[0], "recipients": _rows(connection, "recipients", {"task": number})}


def steps(connection: Connection[Any], number: int, after: int, limit: int) -> list[Json]:
    """List what happened to a task, in the order in which it was heard; NotFound."""
    if not _rows(connection, "whose", {"task": number}):
        raise NotFound(f"there is no task '{number}'")
    return _rows(connection, "steps", {"task": number, "after": after, "limit": limit})


def mine(
    connection: Connection[Any], reader: Reader, is_open: bool | None, before: int | None, limit: int
) -> list[Json]:
    """List the tasks of the reader's own person, newest first; what is listed counts as delivered."""
    values = {"worker": reader.worker_id, "open": is_open, "before": before, "limit": limit}
    found = _rows(connection, "mine", values) if reader.worker_id is not None else []
    waiting = [each["id"] for each in found if each["my_state"] == "sent"]
    # A key that only reads changes nothing: with it nobody has received anything.
    if waiting and reader.scope != "read":
        _deliver(connection, reader, waiting)
        found = _rows(connection, "mine", values)
    return found


def _deliver(connection: Connection[Any], reader: Reader, tasks: list[int]) -> None:
    values = {"worker": reader.worker_id, "tasks": tasks, "account": reader.account_id}
    with as_platform(connection, reader):
        rows = connection.execute(query(ROOM, "deliver"), values | {"username": reader.username}).fetchall()
    for task, mover in rows:
        say(connection, task, "delivered", [mover])


def _rows(connection: Connection[Any], name: str, values: Json) -> list[Json]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()
