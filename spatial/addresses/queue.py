"""Files of addresses that wait for the job process, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.addresses.library import ROOM
from spatial.database import query
from spatial.database.notify import notify
from spatial.endings import ended_by
from spatial.errors import Conflict, NotFound

MOST_TRIES = 3
MOST_WAITING = 5
KEPT_DAYS = 7


@dataclass(frozen=True)
class Job:
    """One file to work on."""

    id: int
    account_id: int
    kind: str
    """import or geocode."""
    filename: str
    options: dict[str, Any]
    file: str | None
    """Name of the file among those that wait."""
    tries: int
    report: dict[str, Any] | None
    """What became of the rows that were done before the file was given back."""


def ask(
    connection: Connection[Any],
    account_id: int,
    kind: str,
    filename: str,
    options: dict[str, Any],
    file: str,
) -> int:
    """Put a file down for the job process; returns its number. connection: of the platform.

    Conflict when too many of the account's wait.
    """
    check_room(connection, account_id)
    values = {
        "account_id": account_id,
        "kind": kind,
        "filename": filename,
        "options": Jsonb(options),
        "file": file,
    }
    number = int(connection.execute(query(ROOM, "queue_ask"), values).fetchall()[0][0])
    notify(connection, "addresses")
    return number


def check_room(connection: Connection[Any], account_id: int) -> None:
    """Refuse one more file while MOST_WAITING of the account's are not done with: Conflict."""
    values = {"account_id": account_id}
    if connection.execute(query(ROOM, "queue_waiting"), values).fetchall()[0][0] >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} files of yours wait already")


def waited_for(connection: Connection[Any]) -> set[str]:
    """Name the files that are still to be read."""
    return {file for (file,) in connection.execute(query(ROOM, "queue_waited_for")).fetchall()}


def put_back(connection: Connection[Any], number: int) -> None:
    """Let a file wait again because this process is told to end; what is done of it stays in its report."""
    connection.execute(query(ROOM, "queue_put_back"), {"id": number})


def progress_of(connection: Connection[Any], number: int) -> dict[str, Any]:
    """Tell how far a file is; NotFound for somebody else's."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "queue_progress"), {"id": number}).fetchone()
    if row is None:
        raise NotFound(f"there is no file of addresses '{number}'")
    return row


def result_of(connection: Connection[Any], number: int) -> bytes:
    """Give the answer to a file; NotFound until it is there."""
    row = connection.execute(query(ROOM, "queue_result"), {"id": number}).fetchone()
    if row is None:
        raise NotFound(f"there is no answer to a file of addresses '{number}'")
    return bytes(row[0])


def claim(connection: Connection[Any]) -> Job | None:
    """Take the file that waits longest; None when none does."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(ROOM, "queue_claim")).fetchone()
    return None if row is None else Job(**row)


def note(connection: Connection[Any], number: int, part: float, report: dict[str, Any] | None = None) -> None:
    """Put down how much is done, 0 to 1, and what became of it by now."""
    values = {"id": number, "progress": part, "report": None if report is None else Jsonb(report)}
    connection.execute(query(ROOM, "queue_note"), values)


def finish(
    connection: Connection[Any], number: int, report: dict[str, Any], result: bytes | None = None
) -> None:
    """Put down what came out."""
    values = {"id": number, "state": "done", "report": Jsonb(report), "problems": Jsonb([]), "result": result}
    connection.execute(query(ROOM, "queue_finish"), values)


def fail(connection: Connection[Any], number: int, error: BaseException) -> None:
    """Put down why nothing came out."""
    state, problems = ended_by(error)
    values = {"id": number, "state": state, "report": None, "problems": Jsonb(problems), "result": None}
    connection.execute(query(ROOM, "queue_finish"), values)


def give_back(connection: Connection[Any]) -> None:
    """Let what a process that died was doing wait again; what has killed several is given up."""
    connection.execute(query(ROOM, "queue_give_back"), {"most": MOST_TRIES})


def forget_old(connection: Connection[Any]) -> None:
    """Delete files that ended long ago."""
    connection.execute(query(ROOM, "queue_forget"), {"days": KEPT_DAYS})
