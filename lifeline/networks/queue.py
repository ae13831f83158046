"""The queue of files of networks: read by the job process, confirmed by a person if need be, brought in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from lifeline.networks.reading import Read
from lifeline.networks.wish import Wish
from spatial import endings
from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import CitygridError, Conflict, InvalidInput, NotFound, Problem
from spatial.rights.reader import Reader

ROOM = "lifeline.networks"
KIND = "network_import"
"""The message that there is work for the job process."""
MOST_WAITING = 20
"""Files of one account that may wait."""
MOST_TRIES = 3
ENDED = ("done", "refused", "failed", "cancelled")
Json = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """An import as those see it who run the network."""

    id: int
    network_id: int | None
    name: str
    username: str
    filename: str
    bytes: int
    digest: str
    form: str
    wish: Json
    proposals: Json | None
    state: str
    stage: str
    progress: float
    problems: list[Json]
    report: Json | None
    asked_at: datetime
    confirmed_at: datetime | None
    confirmed_by: str | None
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def rests(self) -> bool:
        """Tell whether nothing more becomes of it by itself."""
        return self.state in (*ENDED, "proposed")


@dataclass(frozen=True)
class Claimed:
    """An import that this process is to do."""

    id: int
    name: str
    organisation_id: int | None
    account_id: int | None
    filename: str
    file: str
    digest: str
    wish: Json
    tries: int


@dataclass(frozen=True)
class Sent:
    """A file as it came."""

    filename: str
    file: str
    bytes: int
    digest: str


def ask(
    connection: Connection[Any],
    reader: Reader,
    name: str,
    organisation_id: int | None,
    sent: Sent,
    wish: Wish,
) -> int:
    """Put a file down; gives the import's number. Conflict when too many of this account wait already."""
    waiting = connection.execute(query(ROOM, "import_waiting"), {"username": reader.username}).fetchall()
    if waiting[0][0] >= MOST_WAITING:
        raise Conflict(f"{waiting[0][0]} files of this account wait already")
    values = {
        "name": name, "organisation_id": organisation_id, "account_id": reader.account_id,
        "username": reader.username, "filename": sent.filename, "file": sent.file, "bytes": sent.bytes,
        "digest": sent.digest, "wish": Jsonb(wish.json()),
    }  # fmt: skip
    number = connection.execute(query(ROOM, "import_ask"), values).fetchall()[0][0]
    notify(connection, KIND)
    return int(number)


def listed(connection: Connection[Any], before: int | None, limit: int) -> list[Listed]:
    """List the imports that the reader may know of, newest first."""
    return _read(connection, {"id": None, "before": before, "limit": limit})


def one(connection: Connection[Any], number: int) -> Listed:
    """Read one import; NotFound."""
    found = _read(connection, {"id": number, "before": None, "limit": 1})
    if not found:
        raise NotFound(f"there is no import of a network '{number}'")
    return found[0]


def confirm(connection: Connection[Any], reader: Reader, number: int, said: Wish) -> None:
    """Say what must be confirmed; the job process brings it in then.

    Conflict for one that does not wait to be confirmed; InvalidInput names what is still missing.
    """
    seen = one(connection, number)
    wish = Wish.of({**seen.wish, **said.json()})
    missing = [
        name for name in (seen.proposals or {}).get("confirm", []) if getattr(wish, name, None) is None
    ]
    if missing:
        raise InvalidInput([Problem(name, "must be confirmed: see the proposals") for name in missing])
    values = {"id": number, "wish": Jsonb(said.json()), "username": reader.username}
    if connection.execute(query(ROOM, "import_confirm"), values).rowcount == 0:
        raise Conflict(f"import {number} is {seen.state}: it does not wait to be confirmed")
    notify(connection, KIND)


def cancel(connection: Connection[Any], number: int) -> None:
    """Let a file go; Conflict for one that has ended."""
    seen = one(connection, number)
    if connection.execute(query(ROOM, "import_cancel"), {"id": number}).rowcount == 0:
        raise Conflict(f"import {number} is {seen.state}")


def claim(connection: Connection[Any]) -> Claimed | None:
    """Take the file that waits longest; None when none waits."""
    with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(query(ROOM, "import_claim")).fetchone()


def note(connection: Connection[Any], number: int, stage: str, progress: float) -> bool:
    """Note how far it is; False when nobody wants it any more."""
    values = {"id": number, "stage": stage, "progress": progress}
    return connection.execute(query(ROOM, "import_note"), values).rowcount == 1


def propose(connection: Connection[Any], number: int, read: Read) -> None:
    """Keep what was found, for somebody to confirm."""
    values = {"id": number, "proposals": _jsonb(read.proposals), "form": read.found.form}
    connection.execute(query(ROOM, "import_propose"), values)


def finish(connection: Connection[Any], number: int, network: int, read: Read, report: Json) -> bool:
    """Note what became of it, in the transaction of the network; False: it was cancelled, roll back."""
    values = {
        "id": number, "network": network, "report": _jsonb(report), "proposals": _jsonb(read.proposals),
        "form": read.found.form,
    }  # fmt: skip
    return connection.execute(query(ROOM, "import_finish"), values).rowcount == 1


def end(connection: Connection[Any], number: int, error: BaseException) -> None:
    """Note why it was not done; one that was cancelled stays so."""
    state, problems = endings.ended_by(error, "file")
    connection.execute(
        query(ROOM, "import_end"), {"id": number, "state": state, "problems": _jsonb(problems)}
    )


def give_back(connection: Connection[Any]) -> None:
    """Let what a process that died was doing be begun anew, and what nobody confirms go."""
    connection.execute(query(ROOM, "import_give_back"), {"most": MOST_TRIES})


def forget(connection: Connection[Any]) -> set[str]:
    """Let go of what nobody has confirmed in a week; names the files that are still needed."""
    connection.execute(query(ROOM, "import_forget"))
    return {file for (file,) in connection.execute(query(ROOM, "import_files"))}


def refusal_of(seen: Listed) -> CitygridError:
    """Make the error again that an import ended by."""
    if seen.state == "cancelled":
        return Conflict("the import was cancelled")
    return endings.refusal_of(seen.state, seen.problems, "file")


def _read(connection: Connection[Any], values: Json) -> list[Listed]:
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(query(ROOM, "import_list"), values).fetchall()


def _jsonb(value: Any) -> Jsonb:
    return Jsonb(_storable(value))


def _storable(value: Any) -> Any:
    """Text of strangers may hold a NUL, which PostgreSQL keeps in no text, and numbers that are none."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, float) and value - value != 0:
        return None
    if isinstance(value, Mapping):
        return {_storable(key): _storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return value
