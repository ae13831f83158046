"""The table of exports: what was asked for, by whom, how far it is, and until when its file is there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import Conflict, NotFound
from spatial.rights.reader import Reader

ROOM = "layers.exports"
KIND = "export"
"""The message that there is work for the job process."""
MOST_TRIES = 3

Json = dict[str, Any]


@dataclass(frozen=True)
class Listed:
    """An export as its owner sees it."""

    id: int
    layer: str
    format: str
    asked: Json
    record: int
    """Its number in the audit log."""
    state: str
    """waiting, running, done or failed."""
    rows: int
    expected: int | None
    bytes: int
    error: str | None
    rights: str | None
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True)
class Claimed:
    """An export that this process is to write."""

    id: int
    account_id: int
    layer: str
    format: str
    asked: Json
    record: int
    tries: int
    asked_at: datetime


def put_on_record(
    connection: Connection[Any], layer: str, format: str, asked: Mapping[str, Any]
) -> tuple[int, datetime]:
    """Note in the audit log that the session's reader takes features along; returns its number and moment."""
    values = {"layer": layer, "facts": Jsonb({"format": format, **asked})}
    number, at = connection.execute(query(ROOM, "record"), values).fetchall()[0]
    return int(number), at


def add(connection: Connection[Any], account_id: int, layer: str, format: str, asked: Json, most: int) -> int:
    """Ask for an export, in the name of the platform; Conflict when the account has `most` already."""
    connection.execute(query(ROOM, "lock_account"), {"account_id": account_id})
    if connection.execute(query(ROOM, "count_live"), {"account_id": account_id}).fetchall()[0][0] >= most:
        raise Conflict(f"you have {most} exports already: delete some, or wait until they expire")
    record, _ = put_on_record(connection, layer, format, asked)
    values = {"account_id": account_id, "layer": layer, "format": format, "record": record}
    row = connection.execute(query(ROOM, "add"), {**values, "asked": Jsonb(asked)}).fetchall()[0]
    notify(connection, KIND)
    return int(row[0])


def own(connection: Connection[Any]) -> list[Listed]:
    """List the reader's own exports, newest first."""
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(query(ROOM, "own"), {"id": None}).fetchall()


def own_one(connection: Connection[Any], number: int) -> Listed:
    """Read one of the reader's own exports; NotFound for any other."""
    with connection.cursor(row_factory=class_row(Listed)) as cursor:
        found = cursor.execute(query(ROOM, "own"), {"id": number}).fetchone()
    if found is None:
        raise NotFound("there is no such export")
    return found


def drop(connection: Connection[Any], account_id: int, number: int) -> None:
    """Cancel and forget an export of an account, in the name of the platform; NotFound."""
    values = {"id": number, "account_id": account_id}
    if connection.execute(query(ROOM, "drop"), values).rowcount == 0:
        raise NotFound("there is no such export")


def claim(connection: Connection[Any]) -> Claimed | None:
    """Take the export that waits longest; None when none waits."""
    with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(query(ROOM, "claim")).fetchone()


def note_progress(
    connection: Connection[Any], number: int, rows: int, size: int, expected: int | None = None
) -> bool:
    """Note how far an export is; False when nobody wants it any more."""
    values = {"id": number, "rows": rows, "bytes": size, "expected": expected}
    return connection.execute(query(ROOM, "note_progress"), values).rowcount == 1


def finish(connection: Connection[Any], number: int, rows: int, size: int, rights: str, hours: int) -> bool:
    """Note that the file is there for its owner; False when nobody wants it any more."""
    values = {"id": number, "rows": rows, "bytes": size, "rights": rights, "hours": hours}
    return connection.execute(query(ROOM, "finish"), values).rowcount == 1


def fail(connection: Connection[Any], number: int, error: str, hours: int) -> None:
    """Note why there will be no file."""
    connection.execute(query(ROOM, "fail"), {"id": number, "error": error[:1000], "hours": hours})


def give_back(connection: Connection[Any]) -> None:
    """Let what a process that died was writing be written anew; three times at most."""
    connection.execute(query(ROOM, "give_back"), {"most": MOST_TRIES})


def forget_expired(connection: Connection[Any]) -> list[int]:
    """Delete exports whose time has come; returns the numbers of all that are left."""
    connection.execute(query(ROOM, "drop_expired"))
    return [number for (number,) in connection.execute(query(ROOM, "numbers"))]


def rights_of(reader: Reader) -> str:
    """Digest what a reader may see: a file is given out only while that is as it was when it was written."""
    key: Any = reader.rights_key
    *standing, layers = key
    return hashlib.sha256(repr((*standing, sorted(layers))).encode()).hexdigest()
