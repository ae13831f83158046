"""Receipts: what people say of their tasks, as often as a bad network makes them say it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from spatial.database import as_platform, query
from spatial.errors import Forbidden, NotFound
from spatial.rights.reader import Reader
from spatial.tasks.people import ROOM
from spatial.tasks.sending import check_keeps, note_step, say
from spatial.tasks.states import Receipt, Standing, check, heard, moment

Json = dict[str, Any]


def receive(
    connection: Connection[Any],
    reader: Reader,
    task: int,
    said: str,
    at: datetime | None = None,
    reason: str = "",
    note: str = "",
    attachment: str | None = None,
    mover: int | None = None,
) -> Standing:
    """Note what somebody says of a task; gives how far it is with them. Said again, it is the same.

    connection: of a session of the reader. mover: somebody else, a vehicle for one, in whose name whoever
    keeps the task speaks. NotFound for a task, or somebody of it, that is not there for the reader; Forbidden
    for whoever it is not for; InvalidInput; Conflict when it contradicts what was said before. A task that
    was cancelled takes receipts all the same: what was done was done.
    """
    found = _found(connection, reader, task, mover)
    now = datetime.now(UTC)
    receipt = Receipt(said, moment(at, found["created_at"], now), reason, note, attachment)
    check(found["kind"], receipt)
    with as_platform(connection, reader):
        before = _standing(connection, task, found["mover_id"])
        after = heard(before, receipt)
        if after != before:
            values = {"task": task, "mover": found["mover_id"], **vars(after)}
            connection.execute(query(ROOM, "stand"), values)
        note_step(connection, reader, task, found["mover_id"], said, receipt.at, reason or note)
    if after.state != before.state:
        say(connection, task, after.state, [found["mover_id"]])
    return after


def _found(connection: Connection[Any], reader: Reader, task: int, mover: int | None) -> Json:
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"task": task, "mover": mover, "worker": reader.worker_id}
        found = cursor.execute(query(ROOM, "recipient"), values).fetchone()
    if found is None:
        raise NotFound(f"there is no task '{task}'")
    if mover is not None and not found["is_own"]:
        check_keeps(reader, found)
        if found["mover_id"] is None:
            raise NotFound(f"there is no recipient '{mover}' of this task")
    if found["mover_id"] is None:
        raise Forbidden("this task is not for you")
    return found


def _standing(connection: Connection[Any], task: int, mover: int) -> Standing:
    """Read how far it is with somebody; whoever comes at the same time waits."""
    with connection.cursor(row_factory=class_row(Standing)) as cursor:
        values = {"task": task, "mover": mover}
        return cursor.execute(query(ROOM, "standing"), values).fetchall()[0]
