"""Send tasks and messages, and cancel them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.database.notify import notify
from spatial.errors import Forbidden, InvalidInput, NotFound, Problem
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS
from spatial.rights.rules.tasks import SENDERS
from spatial.tasks.people import ROOM, To, find
from spatial.tasks.terminals import tell, text_for

KIND = "task"
"""Of the messages to whoever listens."""
AT_ONCE = 100
"""Movers that one of these names."""
FARTHEST = timedelta(days=366)

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A task or message that somebody wants to send."""

    to: To
    title: str
    text: str = ""
    kind: str = "task"
    event_id: int | None = None
    place_id: int | None = None
    component_id: int | None = None
    shape: bytes | None = None
    """Where: WKB, WGS-84 degrees."""
    due_at: datetime | None = None
    confirm_by: datetime | None = None
    remind_every: timedelta = timedelta(minutes=10)
    client_id: str | None = None


def check_may_send(reader: Reader) -> None:
    """Refuse roles that send no tasks; Forbidden."""
    if reader.role not in SENDERS or reader.account_id is None:
        raise Forbidden("tasks are for administrators and commanders to send")


def send(connection: Connection[Any], reader: Reader, asked: Asked) -> tuple[int, bool]:
    """Send a task; gives its number, and whether it is a new one.

    connection: of a session of the reader. Forbidden for roles that may not; InvalidInput that names the
    field. The same client_id of an account is the same task.
    """
    check_may_send(reader)
    if (known := _known(connection, reader, asked)) is not None:
        return known, False
    _check(connection, asked, datetime.now(UTC))
    movers = find(connection, asked.to)
    row = connection.execute(query(ROOM, "add"), _values(reader, asked, movers)).fetchone()
    if row is None:
        # The same was sent twice at the same time: the other one is there by now.
        other = _known(connection, reader, asked)
        assert other is not None
        return other, False
    number = int(row[0])
    connection.execute(query(ROOM, "add_recipients"), {"task": number, "movers": movers})
    with as_platform(connection, reader):
        note_step(connection, reader, number, None, "sent", datetime.now(UTC))
        tell(connection, reader, number, movers, text_for(asked.title, asked.text))
    say(connection, number, "sent", movers)
    return number, True


def _values(reader: Reader, asked: Asked, movers: list[int]) -> Json:
    given = {name: value for name, value in vars(asked).items() if name != "to"}
    by_area = reader.reach == "area"
    return {
        **given, "movers": movers, "unit_code": reader.area if by_area else None,
        "organisation_id": reader.organisation_id, "account_id": reader.account_id,
        "username": reader.username,
    }  # fmt: skip


def _known(connection: Connection[Any], reader: Reader, asked: Asked) -> int | None:
    if asked.client_id is None:
        return None
    values = {"account_id": reader.account_id, "client_id": asked.client_id}
    row = connection.execute(query(ROOM, "known"), values).fetchone()
    return row and int(row[0])


def _check(connection: Connection[Any], asked: Asked, now: datetime) -> None:
    problems = [*_wrong_things(connection, asked), *_wrong_times(asked, now)]
    if not asked.title.strip():
        problems.append(Problem("title", "is empty"))
    if problems:
        raise InvalidInput(problems)


def _wrong_things(connection: Connection[Any], asked: Asked) -> Iterator[Problem]:
    things = {name: getattr(asked, name) for name in ("event_id", "place_id", "component_id")}
    if len([each for each in things.values() if each is not None]) > 1:
        yield Problem("event_id", "a task is about one event, place or component")
    with connection.cursor(row_factory=dict_row) as cursor:
        for name, is_there in cursor.execute(query(ROOM, "is_there"), things).fetchall()[0].items():
            if not is_there:
                yield Problem(name, "is none that you can see")


def _wrong_times(asked: Asked, now: datetime) -> Iterator[Problem]:
    for name in ("due_at", "confirm_by"):
        moment = getattr(asked, name)
        if moment is not None and not now < moment <= now + FARTHEST:
            yield Problem(name, f"must be in the next {FARTHEST.days} days")


def note_step(
    connection: Connection[Any],
    reader: Reader,
    task: int,
    mover: int | None,
    what: str,
    at: datetime,
    note: str = "",
) -> None:
    """Add a step to the time line of a task; connection: of the platform."""
    values = {
        "task": task, "mover": mover, "what": what, "at": at, "note": note,
        "account": reader.account_id, "username": reader.username,
    }  # fmt: skip
    connection.execute(query(ROOM, "add_step"), values)


def say(connection: Connection[Any], task: int, what: str, movers: Sequence[int]) -> None:
    """Tell whoever listens, at the commit, what happened to a task, and to whom."""
    for first in range(0, len(movers), AT_ONCE):
        notify(connection, KIND, task=task, what=what, movers=list(movers[first : first + AT_ONCE]))


def cancel(connection: Connection[Any], reader: Reader, number: int, reason: str) -> None:
    """Cancel a task; what is cancelled already stays as it is.

    NotFound; Forbidden for whoever neither sent it nor looks after the area of whoever did.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "whose"), {"task": number}).fetchone()
    if found is None:
        raise NotFound(f"there is no task '{number}'")
    check_keeps(reader, found)
    with as_platform(connection, reader):
        values = {"task": number, "reason": reason, "username": reader.username}
        row = connection.execute(query(ROOM, "cancel"), values).fetchone()
        if row is None:
            return
        note_step(connection, reader, number, None, "cancelled", datetime.now(UTC), reason)
        tell(connection, reader, number, row[0], text_for(f"取消：{found['title']}", reason))
    say(connection, number, "cancelled", row[0])


def check_keeps(reader: Reader, task: Json) -> None:
    """Refuse whoever may not say what becomes of a task; task: unit_code and account_id. Forbidden."""
    is_own = task["account_id"] is not None and task["account_id"] == reader.account_id
    in_area = reader.role in ADMINISTRATORS and reader.holds(task["unit_code"])
    if reader.role not in SENDERS or not (is_own or in_area):
        raise Forbidden("this task is for whoever sent it to change, and for those who look after their area")
