"""The queue of what terminals are told: people put it in, listeners take it out, terminals confirm it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.database.notify import notify
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.patrols.protocols.jt808 import downlinks as jt808
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS

ROOM = "spatial.patrols.downlinks"
KIND = "downlinks"
"""Of the message that wakes listeners."""
PROTOCOLS = ("jt808",)
"""Whose terminals can be told anything."""
AGAIN = timedelta(seconds=60)
"""How long a terminal has to confirm what was written to it."""
MOST_TRIES = 3
MOST_AT_ONCE = 500
LONGEST_TRACKING_S = 7 * 86_400

Json = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """What somebody wants a terminal to be told; see models.Downlink for the content of each kind."""

    kind: str
    content: Json = field(default_factory=dict)
    client_id: str | None = None
    valid_minutes: int = 24 * 60


def message_of(kind: str, content: Json) -> jt808.Downlink:
    """Turn an order into what is written to the line; InvalidInput names the field that is wrong."""
    if not isinstance(content, dict):
        raise InvalidInput.at("content", "must be an object")
    match kind:
        case "text":
            text = _text(str(content.get("text", "")))
            return jt808.Text(text, bool(content.get("urgent", False)), bool(content.get("aloud", True)))
        case "interval":
            return jt808.Interval(_whole(content, "seconds", 1, 86_400))
        case "position":
            return jt808.Ask()
        case "tracking":
            seconds = _whole(content, "seconds", 0, 3600)
            return jt808.Track(seconds, _whole(content, "for_s", 1, LONGEST_TRACKING_S) if seconds else 0)
    raise InvalidInput.at("kind", "must be text, interval, position or tracking")


def _text(given: str) -> str:
    text = given.strip()
    if not text:
        raise InvalidInput.at("text", "is empty")
    if any(not (each.isprintable() or each in "\r\n") for each in text):
        raise InvalidInput.at("text", "holds control characters")
    try:
        size = len(text.encode("gbk"))
    except UnicodeEncodeError as error:
        raise InvalidInput.at("text", f"holds '{text[error.start]}', which terminals cannot show") from None
    if size > jt808.MOST_TEXT_BYTES:
        raise InvalidInput.at("text", f"takes {size} bytes of {jt808.MOST_TEXT_BYTES}")
    return text


def _whole(content: Json, name: str, least: int, most: int) -> int:
    value = content.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput.at(name, f"must be a whole number from {least} to {most}")
    return value


def send(connection: Connection[Any], reader: Reader, device: int, order: Order) -> tuple[int, bool]:
    """Put an order into the queue of a device; gives its number, and whether it is a new one.

    connection: of a session of the reader. Forbidden for roles that may not; NotFound for a device that is
    not there for this reader; Conflict for one that takes no messages; InvalidInput. The same client_id of
    an account is the same order.
    """
    if reader.role not in ADMINISTRATORS:
        raise Forbidden("messages to devices are for administrators to send")
    # What cannot be told is told first, whatever device it is for.
    message_of(order.kind, order.content)
    _check_device(connection, device)
    if (known := _known(connection, reader, device, order)) is not None:
        return known, False
    return put(connection, device, order, reader), True


def put(connection: Connection[Any], device: int, order: Order, reader: Reader) -> int:
    """Put an order into the queue in somebody's name, who may; InvalidInput for what cannot be told."""
    message_of(order.kind, order.content)
    values = {
        "device": device, "kind": order.kind, "content": Jsonb(order.content),
        "account": reader.account_id, "username": reader.username, "client_id": order.client_id,
        "valid": timedelta(minutes=order.valid_minutes),
    }  # fmt: skip
    number = int(connection.execute(query(ROOM, "add"), values).fetchall()[0][0])
    notify(connection, KIND, device=device)
    return number


def device_of(connection: Connection[Any], mover: int) -> int | None:
    """Name the device that a mover carries now and that can be told something; None: there is none."""
    values = {"mover": mover, "protocols": list(PROTOCOLS)}
    row = connection.execute(query(ROOM, "carried"), values).fetchone()
    return row and int(row[0])


def _check_device(connection: Connection[Any], device: int) -> None:
    row = connection.execute(query(ROOM, "device"), {"device": device}).fetchone()
    if row is None:
        raise NotFound(f"there is no device '{device}'")
    protocol, state = row
    if protocol not in PROTOCOLS:
        raise Conflict(f"a device of {protocol} takes no messages")
    if state != "active":
        raise Conflict(f"the device is {state}")


def _known(connection: Connection[Any], reader: Reader, device: int, order: Order) -> int | None:
    if order.client_id is None:
        return None
    values = {"account": reader.account_id, "client_id": order.client_id}
    row = connection.execute(query(ROOM, "known"), values).fetchone()
    if row is None:
        return None
    if row[1] != device:
        raise Conflict(f"client_id '{order.client_id}' is of a message to another device")
    return int(row[0])


def shown(
    connection: Connection[Any],
    device: int,
    number: int | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Json]:
    """Read what a device was told, newest first; NotFound for a device that is not there for the reader."""
    if connection.execute(query(ROOM, "device"), {"device": device}).fetchone() is None:
        raise NotFound(f"there is no device '{device}'")
    values = {"device": device, "id": number, "state": state, "before": before, "limit": limit}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "shown"), values).fetchall()


@dataclass(frozen=True)
class Claimed:
    """Something to be written to a terminal's line now."""

    id: int
    device: int
    message: jt808.Downlink


def claim(connection: Connection[Any], devices: Sequence[int]) -> list[Claimed]:
    """Take what waits for devices that are on the line; of the platform. It counts as written from now on."""
    values = {"devices": list(devices), "again": AGAIN, "most": MOST_TRIES, "limit": MOST_AT_ONCE}
    rows = connection.execute(query(ROOM, "claim"), values).fetchall()
    claimed = []
    for number, device, kind, content in sorted(rows):
        try:
            claimed.append(Claimed(number, device, message_of(kind, content)))
        except InvalidInput as error:
            # Put in past us; the others must not wait for it.
            fail(connection, number, str(error))
    return claimed


def confirm(connection: Connection[Any], number: int, result: int) -> None:
    """Note what a terminal said of an order: a result of JT/T 808."""
    connection.execute(query(ROOM, "confirm"), {"id": number, "result": result})
    notify(connection, "downlink", id=number)


def fail(connection: Connection[Any], number: int, reason: str) -> None:
    """Note that an order cannot be written to any line, and why."""
    connection.execute(query(ROOM, "fail"), {"id": number, "reason": reason[:200]})
    notify(connection, "downlink", id=number)


def end_late(connection: Connection[Any]) -> int:
    """End what was not confirmed in time; gives how many."""
    return connection.execute(query(ROOM, "end_late"), {"most": MOST_TRIES}).rowcount
