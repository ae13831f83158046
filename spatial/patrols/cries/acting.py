"""Raise a cry for oneself or for others; take it, close it, open it again: each step on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.patrols.cries.escalating import MOST_LEVEL
from spatial.patrols.cries.opening import AHEAD, LATE, ROOM, Row, add_step, put, tell
from spatial.patrols.movers import of_worker
from spatial.rights.reader import Reader
from spatial.rights.rules.patrols import WATCHERS
from spatial.types import LngLat


@dataclass(frozen=True)
class Raised:
    """What somebody says who raises a cry; at None: now."""

    at: datetime | None = None
    place: LngLat | None = None
    """WGS-84 degrees."""
    accuracy_m: float | None = None
    note: str = ""
    client_id: str | None = None


def raise_self(connection: Connection[Any], reader: Reader, raised: Raised) -> tuple[int, bool]:
    """Cry for help with one's own app; gives the number, and whether it is a new one.

    connection: of a session of the reader. Forbidden for an account that is nobody in the field;
    InvalidInput. Whoever cries already is counted once more, and the same client_id changes nothing.
    """
    mover = None if reader.worker_id is None else of_worker(connection, reader.worker_id)
    if mover is None:
        raise Forbidden("this account is nobody in the field who could be looked for")
    return _raise(connection, reader, mover, "self", raised)


def raise_for(connection: Connection[Any], reader: Reader, mover: int, raised: Raised) -> tuple[int, bool]:
    """Raise a cry for somebody who called, by telephone or radio; gives as `raise_self`.

    connection: of a session of the reader. Forbidden; InvalidInput for somebody whom the reader does not see.
    """
    if reader.role not in WATCHERS or reader.account_id is None:
        raise Forbidden("raising cries for others is for administrators and commanders")
    if connection.execute(query(ROOM, "whom"), {"mover": mover}).fetchone() is None:
        raise InvalidInput.at("mover_id", "is nobody that you can see")
    return _raise(connection, reader, mover, "call", raised)


def hold(connection: Connection[Any], reader: Reader, number: int) -> Row:
    """Hold a cry to change it: mover_id, state, edition, acknowledged_by …, until the end of the transaction.

    connection: of a session of the reader. NotFound; Forbidden for roles that take none.
    """
    if connection.execute(query(ROOM, "is_visible"), {"id": number}).fetchone() is None:
        raise NotFound(f"there is no cry '{number}'")
    if reader.role not in WATCHERS:
        raise Forbidden("taking and closing cries is for administrators and commanders")
    with as_platform(connection, reader), connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "locked"), {"id": number}).fetchone()
    if found is None:
        raise NotFound(f"there is no cry '{number}'")
    return found


def check_free(reader: Reader, held: Row) -> bool:
    """Tell whether a cry is still to be taken; False: this reader has it. Conflict says who was first."""
    if held["state"] == "closed":
        raise Conflict("the cry is closed: open it again first")
    if held["state"] == "acknowledged" and held["acknowledged_by"] != reader.username:
        at = held["acknowledged_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        raise Conflict(f"'{held['acknowledged_by']}' has taken the cry at {at} UTC")
    return bool(held["state"] == "open")


def acknowledge(connection: Connection[Any], reader: Reader, held: Row) -> None:
    """Take a cry that is held and free: somebody sees to it, and it goes up no further."""
    with as_platform(connection, reader):
        connection.execute(query(ROOM, "acknowledge"), {"id": held["id"], "username": reader.username})
        _note(connection, reader, held, "acknowledged")


def close(connection: Connection[Any], reader: Reader, held: Row, word: str, remark: str) -> None:
    """Close a cry that is held with what it was: real, false_alarm or test.

    Conflict when it is closed; InvalidInput at `remark`, which a real one needs.
    """
    if held["state"] == "closed":
        raise Conflict("the cry is closed already")
    if word == "real" and not remark.strip():
        raise InvalidInput.at("remark", "is required for a real cry: what it was, and how it ended")
    with as_platform(connection, reader):
        values = {"id": held["id"], "username": reader.username, "word": word, "note": remark}
        connection.execute(query(ROOM, "close"), values)
        _note(connection, reader, held, "closed", word=word, note=remark)


def reopen(connection: Connection[Any], reader: Reader, held: Row, remark: str) -> None:
    """Open a closed cry again: nobody has taken it then. Conflict when it is open, or another one is."""
    if held["state"] != "closed":
        raise Conflict("the cry is not closed")
    if held["other"] is not None:
        raise Conflict(f"cry '{held['other']}' of the same person or vehicle is not closed")
    with as_platform(connection, reader):
        connection.execute(query(ROOM, "reopen"), {"id": held["id"], "most": MOST_LEVEL})
        _note(connection, reader, held, "reopened", note=remark)


def _raise(
    connection: Connection[Any], reader: Reader, mover: int, way: str, raised: Raised
) -> tuple[int, bool]:
    at = _moment(raised.at)
    values = {
        "mover": mover, "device": None, "way": way, "at": at, "last_at": at, "times": 1, "late": False,
        "lon": raised.place and raised.place.lon, "lat": raised.place and raised.place.lat,
        "accuracy_m": raised.accuracy_m, "note": raised.note, "client_id": raised.client_id,
        "account": reader.account_id, "username": reader.username,
    }  # fmt: skip
    with as_platform(connection, reader):
        known = connection.execute(query(ROOM, "known"), values).fetchone()
        return (int(known[0]), False) if known else put(connection, values)


def _moment(said: datetime | None) -> datetime:
    now = datetime.now(UTC)
    if said is None:
        return now
    if said > now + AHEAD:
        raise InvalidInput.at("at", "lies in the future")
    if said < now - LATE:
        raise InvalidInput.at("at", "lies more than 24 hours back")
    return min(said, now)


def _note(connection: Connection[Any], reader: Reader, held: Row, what: str, **more: Any) -> None:
    by = {"account": reader.account_id, "username": reader.username}
    add_step(connection, held["id"], what, **by, **more)
    tell(connection, held["id"], what, held["mover_id"])
