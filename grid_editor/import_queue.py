"""The queue of files that are brought into plans, and what became of each; the rows stay with their plan.

Whoever may change a plan puts a file down; the job process works them off one after the other, with the
rights that its sender has then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from grid_editor.plan import Plan
from spatial import endings
from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import CitygridError, Conflict, NotFound, Unavailable
from spatial.rights.reader import Reader

ROOM = "grid_editor"
KIND = "plan_import"
"""The message that there is work for the job process."""
MOST_WAITING = 5
"""Files that may wait for one plan."""
MOST_TRIES = 3
WHOLE = "plan"
"""Where a problem lies that no part of the file caused."""
ENDED = ("done", "refused", "failed", "cancelled")

Json = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """An import as the administrators of its plan see it, without the report."""

    id: int
    plan_id: int
    username: str
    filename: str
    bytes: int
    options: Json
    state: str
    stage: str
    progress: float
    tries: int
    step: int | None
    problems: list[Json]
    summary: Json | None
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing more will become of it."""
        return self.state in ENDED


@dataclass(frozen=True)
class Claimed:
    """An import that this process is to do."""

    id: int
    plan_id: int
    account_id: int | None
    filename: str
    file: str
    options: Json
    tries: int


def ask(
    connection: Connection[Any],
    reader: Reader,
    plan: Plan,
    options: Json,
    filename: str,
    file: str,
    size: int,
) -> int:
    """Put a file down for a plan that is locked; gives its number. Conflict when too many wait already."""
    waiting = connection.execute(query(ROOM, "import_queue_waiting"), {"plan_id": plan.id}).fetchall()[0][0]
    if waiting >= MOST_WAITING:
        raise Conflict(f"{waiting} files wait for plan {plan.no} already")
    values: Json = {"plan_id": plan.id, "account_id": reader.account_id, "username": reader.username}
    values |= {"filename": filename, "file": file, "bytes": size, "options": Jsonb(options)}
    number = connection.execute(query(ROOM, "import_queue_ask"), values).fetchall()[0][0]
    notify(connection, KIND)
    return int(number)


def listed(connection: Connection[Any], plan: Plan) -> list[Listed]:
    """List the imports of a plan that the reader may know of, newest first."""
    return _read(connection, plan, None)


def one(connection: Connection[Any], plan: Plan, number: int) -> Listed:
    """Read one import of a plan; NotFound."""
    found = _read(connection, plan, number)
    if not found:
        raise NotFound(f"plan {plan.no} has no import '{number}'")
    return found[0]


def report_of(connection: Connection[Any], plan: Plan, number: int) -> Json | None:
    """Read the report of an import; None as long as there is none."""
    values = {"plan_id": plan.id, "id": number}
    row = connection.execute(query(ROOM, "import_queue_report"), values).fetchone()
    return None if row is None else row[0]


def cancel(connection: Connection[Any], plan: Plan, number: int) -> None:
    """Let a file that waits or is being worked on go; Conflict for one that has ended."""
    seen = one(connection, plan, number)
    values = {"plan_id": plan.id, "id": number}
    if connection.execute(query(ROOM, "import_queue_cancel"), values).rowcount == 0:
        raise Conflict(f"import {number} is {seen.state}: undo its step to take it back")


def claim(connection: Connection[Any]) -> Claimed | None:
    """Take the file that waits longest; None when none waits."""
    with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(query(ROOM, "import_queue_claim")).fetchone()


def note(connection: Connection[Any], number: int, stage: str, progress: float) -> bool:
    """Note how far it is; False when nobody wants it any more."""
    values = {"id": number, "stage": stage, "progress": progress}
    return connection.execute(query(ROOM, "import_queue_note"), values).rowcount == 1


def keep(connection: Connection[Any], number: int, summary: Json, report: Json) -> None:
    """Keep what was found, whatever becomes of it."""
    values = {"id": number, "summary": _jsonb(summary), "report": _jsonb(report)}
    connection.execute(query(ROOM, "import_queue_keep"), values)


def finish(connection: Connection[Any], number: int, step: int) -> bool:
    """Note the step that it made, in the transaction of that step; False: it was cancelled, roll back."""
    values = {"id": number, "step": step}
    return connection.execute(query(ROOM, "import_queue_finish"), values).rowcount == 1


def record(
    connection: Connection[Any],
    reader: Reader,
    plan: Plan,
    said: tuple[Json, str, int],
    step: int,
    told: tuple[Json, Json],
) -> int:
    """Keep the report of an import that was done at once; gives its number.

    said: options, file name and size in bytes. told: summary and report.
    """
    options, filename, size = said
    values: Json = {"plan_id": plan.id, "account_id": reader.account_id, "username": reader.username}
    values |= {"filename": filename, "bytes": size, "options": Jsonb(options), "step": step}
    values |= {"summary": _jsonb(told[0]), "report": _jsonb(told[1])}
    return int(connection.execute(query(ROOM, "import_queue_record"), values).fetchall()[0][0])


def end(connection: Connection[Any], number: int, error: BaseException) -> None:
    """Note why it was not done; one that was cancelled stays so."""
    state, problems = _ended_by(error)
    values = {"id": number, "state": state, "problems": _jsonb(problems)}
    connection.execute(query(ROOM, "import_queue_end"), values)


def give_back(connection: Connection[Any]) -> None:
    """Let what a process that died was doing be begun anew; three times at most.

    Its step and its end are one transaction, so what is still running has left nothing in its plan.
    """
    connection.execute(query(ROOM, "import_queue_give_back"), {"most": MOST_TRIES})


def waited_for(connection: Connection[Any]) -> set[str]:
    """Name the files that are still needed."""
    return {file for (file,) in connection.execute(query(ROOM, "import_queue_files"))}


def refusal_of(seen: Listed) -> CitygridError:
    """Make the error again that an import ended by."""
    if seen.state == "cancelled":
        return Conflict("the import was cancelled")
    return endings.refusal_of(seen.state, seen.problems, WHOLE)


def _read(connection: Connection[Any], plan: Plan, number: int | None) -> list[Listed]:
    values = {"plan_id": plan.id, "id": number}
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(query(ROOM, "import_queue_list"), values).fetchall()


def _ended_by(error: BaseException) -> tuple[str, Sequence[Mapping[str, str]]]:
    if isinstance(error, Unavailable):
        return "failed", [{"where": "server", "reason": error.detail}]
    return endings.ended_by(error, WHOLE)


def _jsonb(value: Any) -> Jsonb:
    return Jsonb(_storable(value))


def _storable(value: Any) -> Any:
    """Text of strangers may hold a NUL, which PostgreSQL keeps in no text."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {_storable(key): _storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return value
