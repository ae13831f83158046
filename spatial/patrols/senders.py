"""Whose device it is that sends with somebody's key: theirs, or one that waits until somebody says whose."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection

from spatial.database import as_platform, query
from spatial.errors import Forbidden, TooMany
from spatial.patrols.devices import BEFORE, ROOM, Device, known, meet, passphrase_of
from spatial.patrols.protocols.fixes import Profile
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS, FIELD_WORKER

SENDERS = ADMINISTRATORS | {FIELD_WORKER}
"""Whose keys send fixes: people in the field their own, administrators those of gateways and files."""
MOST_DEVICES = 50
"""Devices of one account that were made by themselves."""
MOST_WAITING = 500
"""The same of a gateway, as long as nobody has taken them up: half of all that may wait."""

TAKEN = "another account's device is called the same: give this one another name"


class Sender(NamedTuple):
    """A device as a door needs it."""

    id: int
    identity: str
    state: str
    profile: Profile
    only: int | None = None
    """The mover whose fixes these may be, where the key is a worker's own."""


def check_sender(reader: Reader) -> None:
    """Refuse whose keys send no fixes; Forbidden."""
    if reader.scope == "read":
        raise Forbidden("this key may read, and change nothing")
    if reader.role not in SENDERS:
        raise Forbidden(
            "fixes come with keys of field workers and administrators, and not with this account's"
        )


def sender(
    connection: Connection[Any], reader: Reader, protocol: str, identity: str | None, master: Path
) -> Sender:
    """Find the device that calls itself `identity` (None: it does not say), or make it.

    A worker's is theirs from its first word; what an administrator's key brings and nobody knows waits to be
    taken up. If somebody else's is called the same, it goes by the account's name and its own.

    connection: of a session of the reader, which may go on after an error. InvalidInput for an identity that
    is none, TooMany when there are too many, Forbidden for a field worker's account without a worker.
    """
    name = identity or f"key {reader.key_id}"
    names = (name, f"{reader.username}/{name}"[:200])
    only = _mover(connection, reader) if reader.role == FIELD_WORKER else None
    if only is None:
        device = _gateways(connection, reader, protocol, names)
    else:
        device = _workers(connection, reader, protocol, names, only)
    with as_platform(connection, reader):
        profile = device.reading(passphrase_of(connection, device, master))
    return Sender(device.id, device.identity, device.state, profile, only)


def _gateways(connection: Connection[Any], reader: Reader, protocol: str, names: tuple[str, str]) -> Device:
    """Find or make a device in the reader's reach: it must not show that there is one elsewhere."""
    for called in names:
        with as_platform(connection, reader):
            device = known(connection, protocol, called) or _met(connection, reader, protocol, called)
        if connection.execute(query(ROOM, "device_visible"), {"device": device.id}).rowcount:
            return device
    raise Forbidden(TAKEN)


def _mover(connection: Connection[Any], reader: Reader) -> int:
    with as_platform(connection, reader):
        row = connection.execute(query(ROOM, "mover_of_worker"), {"worker": reader.worker_id}).fetchone()
    if row is None:
        raise Forbidden("nobody goes about by this account")
    return int(row[0])


def _met(connection: Connection[Any], reader: Reader, protocol: str, called: str) -> Device:
    row = connection.execute(query(ROOM, "device_count_waiting"), {"account": reader.account_id}).fetchone()
    if row and row[0] >= MOST_WAITING:
        raise TooMany("too many devices of this account wait to be taken up", 3_600)
    return meet(connection, protocol, called, reader.account_id)


def _workers(
    connection: Connection[Any], reader: Reader, protocol: str, names: tuple[str, str], mover: int
) -> Device:
    with as_platform(connection, reader):
        for called in names:
            found = known(connection, protocol, called)
            if found is None:
                _check_count(connection, reader)
                since = datetime.now(UTC) - BEFORE
                found = meet(connection, protocol, called, reader.account_id, mover, since)
            if _is_mine(connection, reader, found, mover):
                return found
    raise Forbidden(TAKEN)


def _is_mine(connection: Connection[Any], reader: Reader, device: Device, mover: int) -> bool:
    """What an administrator wrote down beforehand is everybody's who comes with it, and waits."""
    if device.account_id == reader.account_id or (device.account_id is None and device.state == "waiting"):
        return True
    values = {"device": device.id, "mover": mover}
    return bool(connection.execute(query(ROOM, "device_mine"), values).fetchall()[0][0])


def _check_count(connection: Connection[Any], reader: Reader) -> None:
    row = connection.execute(query(ROOM, "device_count"), {"account": reader.account_id}).fetchone()
    if row and row[0] >= MOST_DEVICES:
        raise TooMany("this account has too many devices: block or rename old ones", 3_600)
