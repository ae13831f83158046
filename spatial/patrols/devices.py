"""Devices (定位设备): what sends fixes, how its words are read, and who carries it when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import available_timezones

from psycopg import Connection, errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from spatial.database import Database, as_platform, query, session
from spatial.database.matching import anywhere
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, TooMany
from spatial.geometry.datum import DATUMS
from spatial.patrols.protocols.fixes import SPEED_UNITS, Profile
from spatial.rights.data_keys import open_keyring, open_to_seal
from spatial.rights.envelope import Place
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import rule_of

ROOM = "spatial.patrols"
PROTOCOLS = ("own", "osmand", "owntracks", "overland", "gpslogger", "ulogger", "gpx", "jt808", "gt06")
KEYLESS = ("jt808", "gt06")
"""Whoever reaches the port comes by these, and calls itself what it likes."""
MOST_WAITING = 1_000
"""Devices of a protocol that came by themselves and wait for somebody to take them up."""
GOING = 10
"""The tenth that has waited longest goes when strangers without keys are too many: each time all processes
forget what devices they know."""
BEFORE = timedelta(days=30)
"""A device that is new here may bring what its owner walked before anybody knew it."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Device:
    """A device as the doors know it."""

    id: int
    protocol: str
    identity: str
    state: str
    account_id: int | None
    profile: Mapping[str, Any]
    auth_code: str | None
    secret_cipher: bytes | None
    last_seen_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Tell whether fixes of it are taken."""
        return self.state == "active"

    def reading(self, passphrase: str | None = None) -> Profile:
        """Say how its messages are read."""
        known = {name: self.profile[name] for name in ("datum", "speed_unit", "zone") if name in self.profile}
        return Profile(**known, passphrase=passphrase)


def known(connection: Connection[Any], protocol: str, identity: str) -> Device | None:
    """Find a device by what it calls itself; connection: of the platform."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(query(ROOM, "device_known"), {"protocol": protocol, "identity": identity})
        row = found.fetchone()
    return None if row is None else Device(**row)


def meet(
    connection: Connection[Any],
    protocol: str,
    identity: str,
    account_id: int | None = None,
    mover: int | None = None,
    since: datetime | None = None,
) -> Device:
    """Find a device, or make it: active and carried by `mover` where one is given, else waiting.

    connection: of the platform. since: when it was in these hands first, a day ago unless told, for what was
    kept while there was no network. InvalidInput for an identity that is none, TooMany when too many of the
    protocol wait; where there are no keys those go that have waited longest.
    """
    found = known(connection, protocol, identity)
    if found is not None:
        return found
    if not 1 <= len(identity) <= 200 or not identity.isprintable():
        raise InvalidInput.at("identity", "must be 1 to 200 printable characters")
    if mover is None:
        _make_room(connection, protocol)
    values = {
        "protocol": protocol, "identity": identity, "account_id": account_id, "mover": mover,
        "since": since or datetime.now(UTC) - timedelta(days=1),
    }  # fmt: skip
    # All processes are told of who carries what; of strangers there is nothing to tell.
    connection.execute(query(ROOM, "device_wait" if mover is None else "device_meet"), values)
    made = known(connection, protocol, identity)
    assert made is not None
    return made


def _make_room(connection: Connection[Any], protocol: str) -> None:
    count = connection.execute(query(ROOM, "device_waiting"), {"protocol": protocol}).fetchall()[0][0]
    if count < MOST_WAITING:
        return
    if protocol not in KEYLESS:
        raise TooMany("too many devices wait to be taken up", 3_600)
    going = count - MOST_WAITING + max(1, MOST_WAITING // GOING)
    connection.execute(query(ROOM, "device_make_room"), {"protocol": protocol, "going": going})


def listed(
    connection: Connection[Any],
    state: str | None = None,
    text: str | None = None,
    mover: int | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Row]:
    """List devices with whoever carries them now, by id, from the one after `after`."""
    values = {"state": state, "text": text and anywhere(text), "mover": mover, "id": None}
    return _rows(connection, {**values, "after": after, "limit": limit})


def one(connection: Connection[Any], number: int) -> Row:
    """Read a device with everybody who has carried it, and what of it was not taken; NotFound."""
    values = {"state": None, "text": None, "mover": None, "id": number, "after": 0, "limit": 1}
    found = _rows(connection, values)
    if not found:
        raise NotFound(f"there is no device '{number}'")
    with connection.cursor(row_factory=dict_row) as cursor:
        carriers = cursor.execute(query(ROOM, "device_carriers"), {"id": number}).fetchall()
        refused = cursor.execute(query(ROOM, "device_refusals"), {"id": number}).fetchall()
    return {**found[0], "carriers": carriers, "refused": refused}


def _rows(connection: Connection[Any], values: Mapping[str, Any]) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "devices"), values).fetchall()


def check_keeper(reader: Reader) -> None:
    """Refuse whoever may not change devices; Forbidden."""
    if reader.role not in rule_of("device").update:
        raise Forbidden("devices are kept by administrators")


def add(connection: Connection[Any], reader: Reader, protocol: str, identity: str, name: str) -> int:
    """Write a device that is to come; it waits until it is given to somebody.

    Forbidden for whoever keeps but a part of the city: it is nobody's yet. Conflict if there is one.
    """
    check_keeper(reader)
    if not reader.sees_everything:
        raise Forbidden("new devices are written for the whole city")
    values = {"protocol": protocol, "identity": identity, "name": name}
    try:
        with as_platform(connection, reader):
            return int(connection.execute(query(ROOM, "device_add"), values).fetchall()[0][0])
    except errors.UniqueViolation:
        raise Conflict(f"there is a device '{identity}' already") from None


def change(connection: Connection[Any], reader: Reader, number: int, given: Mapping[str, Any]) -> None:
    """Change name, state or profile; NotFound, InvalidInput for a profile that cannot be.

    To activate a device is to give it to somebody (`hand`): nobody's fixes are not taken.
    """
    check_keeper(reader)
    before = one(connection, number)
    profile = given.get("profile", before["profile"])
    check_profile(profile)
    if given.get("state") == "active" and before["mover"] is None:
        raise InvalidInput.at("state", "give the device to somebody first")
    values = {"id": number, "name": before["name"], "state": before["state"], **given}
    connection.execute(query(ROOM, "device_change"), {**values, "profile": Jsonb(profile)})


def check_profile(profile: Mapping[str, Any]) -> None:
    """Refuse a profile that nothing can be read by; InvalidInput names the fields."""
    allowed: dict[str, Any] = {
        "datum": DATUMS,
        "speed_unit": tuple(SPEED_UNITS),
        "zone": available_timezones(),
        # Of terminals: those that come with every fix as well (mileage, satellites …), or not.
        "attributes": ("all", "unusual"),
    }
    problems = [Problem(f"profile.{name[:60]}", "is not known here") for name in profile if name not in KEPT]
    for name, values in allowed.items():
        if name in profile and not (isinstance(profile[name], str) and profile[name] in values):
            problems.append(Problem(f"profile.{name}", f"'{str(profile[name])[:60]}' is none"))
    for name in ("interval_s", "distance_m"):
        number = profile.get(name, 1)
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 86_400:
            problems.append(Problem(f"profile.{name}", "must be a whole number from 1 to 86400"))
    if problems:
        raise InvalidInput(problems)


KEPT = ("datum", "speed_unit", "zone", "interval_s", "distance_m", "attributes")
"""What a profile says: how messages are read, and how often the device is asked to send."""


def hand(
    connection: Connection[Any], reader: Reader, number: int, mover: int | None, since: datetime | None
) -> None:
    """Give a device to somebody from a moment on, or to nobody.

    since: now, unless told; for a device that waits and was in nobody's hands yet BEFORE it came first, as it
    has kept what it had to send. One that waits becomes active, and one that sent with the key of a worker is
    theirs no more when somebody else has it. What was stored before stays with whom it was stored. NotFound
    for a device or mover that the reader does not see, Conflict when somebody has carried it since.
    """
    check_keeper(reader)
    device = one(connection, number)
    if mover is not None and not connection.execute(query(ROOM, "mover_seen"), {"id": mover}).fetchone():
        raise NotFound(f"there is no mover '{mover}'")
    values = {"id": number, "mover": mover, "since": since or _since(connection, reader, number)}
    try:
        with connection.transaction():
            connection.execute(query(ROOM, "device_take"), values)
            if mover is not None:
                connection.execute(query(ROOM, "device_give"), values)
    except (errors.ExclusionViolation, errors.CheckViolation):
        raise Conflict("somebody has carried the device since then") from None
    if device["state"] == "waiting" and mover is not None:
        change(connection, reader, number, {"state": "active"})
    if mover is not None:
        with as_platform(connection, reader):
            connection.execute(query(ROOM, "device_release"), values)


def _since(connection: Connection[Any], reader: Reader, number: int) -> datetime:
    """Hands that the reader does not see count as well."""
    with as_platform(connection, reader):
        moment: datetime = connection.execute(
            query(ROOM, "device_moment"), {"id": number, "before": BEFORE}
        ).fetchall()[0][0]
    return moment


def set_passphrase(
    connection: Connection[Any], reader: Reader, number: int, passphrase: str | None, master: Path
) -> None:
    """Seal what a device's messages are encrypted with; None: they are not. NotFound."""
    check_keeper(reader)
    one(connection, number)
    with as_platform(connection, reader):
        cipher = None
        if passphrase is not None:
            cipher = open_to_seal(connection, master).encrypt(_place(number), passphrase)
        connection.execute(query(ROOM, "device_seal"), {"id": number, "cipher": cipher})


def passphrase_of(connection: Connection[Any], device: Device, master: Path) -> str | None:
    """Open what a device's messages are encrypted with; connection: of the platform."""
    if device.secret_cipher is None:
        return None
    return open_keyring(connection, master).decrypt(_place(device.id), device.secret_cipher)


def set_auth_code(connection: Connection[Any], number: int, code: str | None) -> None:
    """Keep what a terminal will say when it comes back; connection: of the platform."""
    connection.execute(query(ROOM, "device_auth"), {"id": number, "code": code})


def _place(number: int) -> Place:
    return Place("device", "secret", number)


class Devices:
    """The devices that one process has met, by protocol and identity; shared by threads.

    Emptied when it is told that devices have changed. That a device is blocked, or who carries it, is asked
    anew by whoever writes its fixes; here it may be known a moment too late.
    """

    def __init__(self, database: Database, master: Path) -> None:
        self._database = database
        self._master = master
        self._lock = Lock()
        self._held: dict[tuple[str, str], tuple[Device, Profile]] = {}
        self._age = 0

    def find(self, protocol: str, identity: str) -> tuple[Device, Profile] | None:
        """Give a device and how it is read; None: nobody has met it."""
        found = self._held.get((protocol, identity))
        return found or self._read(protocol, identity, None, None, make=False)

    def meet(
        self, protocol: str, identity: str, account_id: int | None = None, mover: int | None = None
    ) -> tuple[Device, Profile]:
        """Give a device, or make it as `spatial.patrols.devices.meet` does."""
        found = self._held.get((protocol, identity))
        found = found or self._read(protocol, identity, account_id, mover, make=True)
        assert found is not None
        return found

    def forget(self) -> None:
        """Read everything again when it is asked for."""
        with self._lock:
            self._held.clear()
            self._age += 1

    def _read(
        self, protocol: str, identity: str, account_id: int | None, mover: int | None, make: bool
    ) -> tuple[Device, Profile] | None:
        age = self._age
        with session(self._database, SYSTEM) as connection:
            if make:
                device: Device | None = meet(connection, protocol, identity, account_id, mover)
            else:
                device = known(connection, protocol, identity)
            if device is None:
                return None
            found = device, device.reading(passphrase_of(connection, device, self._master))
        with self._lock:
            # What was read before it was told to forget may be old already.
            if age == self._age:
                self._held[protocol, identity] = found
        return found
