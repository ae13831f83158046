"""Who is let in: terminals are registered and authenticated against the table of devices.

An unknown terminal is written down as waiting, and nothing of it is taken before somebody takes it up. The
code that a terminal is given is kept as its SHA-256 alone: it has 128 random bits, so a plain hash will do.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import query
from spatial.errors import InvalidInput, TooMany
from spatial.geometry.datum import DATUMS
from spatial.patrols import devices
from spatial.patrols.protocols.jt808.messages import Registered
from spatial.patrols.protocols.jt808.registration import Registration

ROOM = "spatial.patrols.terminals"
CODE_BYTES = 16
REGISTRATION = "registration"
"""Of the attributes of a device: what the terminal said of itself when it registered."""
AGAIN = timedelta(minutes=10)
"""How often it is written down what a stranger says of itself: each time stands in the audit log."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Terminal:
    """A terminal that was let in, and how its words are read."""

    device: int
    datum: str = DATUMS[0]
    zone_s: int | None = None
    """Seconds east of Greenwich that its profile says its clock shows; None: as the protocol has it."""
    all_kept: bool = False
    """Whether ordinary attributes of its fixes are kept."""


def register(
    connection: Connection[Any], protocol: str, identity: str, registration: Registration, now: datetime
) -> tuple[Registered, str]:
    """Register a terminal; gives the result and, when it is done, the code that it is to come back with.

    connection: of the platform. NO_TERMINAL: nobody has taken the device up yet, or it is blocked.
    NO_VEHICLE: nobody carries it, or its vehicle has another plate. TERMINAL_TAKEN: another terminal has
    registered under this number; block the device and let in the one that comes meanwhile.
    """
    found = _found(connection, protocol, identity) or _written_down(connection, protocol, identity)
    if found is None:
        return Registered.NO_TERMINAL, ""
    result, code = Registered.NO_TERMINAL, ""
    if found["state"] == "active":
        if (refusal := _refusal(found, registration)) is not None:
            return refusal, ""
        result, code = Registered.DONE, secrets.token_hex(CODE_BYTES)
        devices.set_auth_code(connection, found["id"], digest(code))
    said = asdict(registration)
    if _is_news(found, said, now):
        attributes = Jsonb({REGISTRATION: {**said, "at": now.isoformat()}})
        values = {"id": found["id"], "name": registration.plate, "attributes": attributes}
        connection.execute(query(ROOM, "remember"), values)
    return result, code


def authenticate(connection: Connection[Any], protocol: str, identity: str, code: str) -> Terminal | None:
    """Let a terminal in by the code that it was given; None when it is not good, or not active any more."""
    found = _found(connection, protocol, identity)
    if found is None or found["state"] != "active" or found["auth_code"] is None:
        return None
    if not hmac.compare_digest(found["auth_code"], digest(code)):
        return None
    return _let_in(connection, found)


def recognise(connection: Connection[Any], protocol: str, identity: str) -> Terminal | None:
    """Let a terminal in by its number alone, where the protocol has nothing better; None: it has to wait."""
    found = _found(connection, protocol, identity)
    if found is None:
        _written_down(connection, protocol, identity)
        return None
    return _let_in(connection, found) if found["state"] == "active" else None


def active(connection: Connection[Any], numbers: Sequence[int]) -> dict[int, Terminal]:
    """Say of devices that are on the line which are active still, and how they are read now."""
    rows = connection.execute(query(ROOM, "active"), {"ids": list(numbers)}).fetchall()
    return {number: terminal_of(number, profile) for number, profile in rows}


def seen(connection: Connection[Any], numbers: Sequence[int]) -> None:
    """Write down that devices have sent."""
    connection.execute(query(ROOM, "seen"), {"ids": list(numbers)})


def digest(code: str) -> str:
    """Hash a code as it is kept."""
    return f"sha256:{hashlib.sha256(code.encode()).hexdigest()}"


def terminal_of(device: int, profile: Mapping[str, Any]) -> Terminal:
    """Read a device's profile; what is wrong in it counts as not said."""
    datum = profile.get("datum")
    return Terminal(
        device,
        datum if datum in DATUMS else DATUMS[0],
        _zone_s(profile.get("zone")),
        profile.get("attributes") == "all",
    )


def plain_plate(plate: str) -> str:
    """Write a plate as everybody would."""
    return "".join(each for each in plate.upper() if each.isalnum())


def _found(connection: Connection[Any], protocol: str, identity: str) -> Json | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"protocol": protocol, "identity": identity}
        return cursor.execute(query(ROOM, "find"), values).fetchone()


def _written_down(connection: Connection[Any], protocol: str, identity: str) -> Json | None:
    """Have a stranger wait to be taken up, as long as not too many do."""
    with suppress(TooMany, InvalidInput):
        devices.meet(connection, protocol, identity)
    return _found(connection, protocol, identity)


def _refusal(found: Json, registration: Registration) -> Registered | None:
    before = found["attributes"].get(REGISTRATION)
    if before and found["auth_code"] and before.get("terminal_id") != registration.terminal_id:
        return Registered.TERMINAL_TAKEN
    plate = plain_plate(found["plate"] or "")
    if not found["is_carried"] or (plate and plate != plain_plate(registration.plate or registration.vin)):
        return Registered.NO_VEHICLE
    return None


def _is_news(found: Json, said: Json, now: datetime) -> bool:
    """Tell if a terminal says something else than before, and is not a stranger who does so all the time."""
    before = {**(found["attributes"].get(REGISTRATION) or {})}
    at = before.pop("at", None)
    if before == said:
        return False
    return found["state"] == "active" or at is None or now - datetime.fromisoformat(at) >= AGAIN


def _let_in(connection: Connection[Any], found: Json) -> Terminal:
    seen(connection, [found["id"]])
    return terminal_of(found["id"], found["profile"])


def _zone_s(name: object) -> int | None:
    if not isinstance(name, str):
        return None
    try:
        offset = ZoneInfo(name).utcoffset(datetime(2020, 1, 1))
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return None if offset is None else int(offset.total_seconds())
